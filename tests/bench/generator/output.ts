// How the generators in TypeScript end: with a line of JSON, or with what went wrong.

/** Prints a result and ends the process. */
export function print(result: unknown): never {
  write(Deno.stdout, JSON.stringify(result));
  Deno.exit(0);
}

/** Prints what went wrong and ends the process. */
export function fail(error: unknown): never {
  write(Deno.stderr, error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
}
