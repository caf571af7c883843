// The one argument of a trial: how often.

/** The first argument as a count, or `usual` without one. Ends the process with 2 when it is none. */
export function countArgument(usual: number): number {
  const [text = String(usual), ...rest] = Deno.args;
  if (/^[1-9]\d{0,5}$/.test(text) && rest.length === 0) return Number(text);
  // deno-lint-ignore no-console
  console.error(`Give one whole number from 1 on, or nothing for ${usual}`);
  Deno.exit(2);
}
