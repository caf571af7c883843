// Makes an input that fails as short as it can be and still fail.

/** Leaves out ever smaller parts, for as long as `fails` holds; at most `maxTries` tries. */
export async function shrink(
  input: string,
  fails: (input: string) => Promise<boolean>,
  maxTries = 2_000,
): Promise<string> {
  let tries = 0;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < input.length && tries < maxTries;) {
      const shorter = input.slice(0, at) + input.slice(at + size);
      tries++;
      if (await fails(shorter)) input = shorter;
      else at += size;
    }
  }
  return input;
}
