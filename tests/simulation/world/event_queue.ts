// What is going to happen, by its time; what was added first comes first at equal times.

/** Something that happens at a time. */
export interface Event {
  readonly atMs: number;
  run(): void;
}

interface Node extends Event {
  readonly number: number;
  isCancelled: boolean;
}

/** A binary heap of events. */
export class EventQueue {
  readonly #heap: Node[] = [];
  #count = 0;

  /** Adds an event; the returned function takes it back. */
  add(atMs: number, run: () => void): () => void {
    const node: Node = { atMs, run, number: this.#count++, isCancelled: false };
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent]!, node)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = node;
    return () => node.isCancelled = true;
  }

  /** Takes out the next event that is due at `endMs` or before. */
  takeUntil(endMs: number): Event | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > endMs) return undefined;
      this.#removeFirst();
      if (!first.isCancelled) return first;
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Node, b: Node): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number);
}
