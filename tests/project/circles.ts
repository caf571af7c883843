// Circles of imports, those of types included: files that can only be understood together.

/** The groups of files that import each other in a circle, each sorted; given the imports by file. */
export function importCircles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  // Tarjan's strongly connected components: https://doi.org/10.1137/0201010
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (file: string): number => {
    const number = order.size;
    order.set(file, number);
    lowest.set(file, number);
    open.push(file);
    for (const target of imports.get(file) ?? []) {
      if (!order.has(target)) lower(file, visit(target));
      else if (open.includes(target)) lower(file, order.get(target)!);
    }
    const reached = lowest.get(file)!;
    if (reached === number) {
      const group = open.splice(open.indexOf(file));
      if (group.length > 1 || imports.get(file)?.includes(file)) circles.push(group.sort());
    }
    return reached;
  };
  const lower = (file: string, number: number) =>
    lowest.set(file, Math.min(lowest.get(file)!, number));
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles.sort((a, b) => a[0]! < b[0]! ? -1 : 1);
}
