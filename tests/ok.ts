// `deno task ok`: all that has to hold before a change lands. Format, lint, types, the package, and
// every test, none of them ignored. `.ci/run` does the same on a machine that has nothing yet.

const CHECKS = [
  ["fmt", "--check"],
  ["lint"],
  ["check", "--frozen"],
  ["publish", "--dry-run", "--allow-dirty", "--quiet"],
];

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  for (const args of CHECKS) {
    const { code } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
    if (code !== 0) {
      say(`'deno ${args.join(" ")}' failed`);
      return code;
    }
  }
  const { code, passed, failed, ignored } = await runTests();
  if (ignored !== 0) say(`${ignored} tests were ignored: install what they need (see .ci/run)`);
  say(`${passed} passed, ${failed} failed`);
  return code || Number(ignored !== 0 || passed === 0);
}

/** Runs the suite, shows what it prints, and reads its last line. */
async function runTests() {
  const child = new Deno.Command(Deno.execPath(), { args: ["task", "test"], stdout: "piped" })
    .spawn();
  let line = "";
  let summary = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    const lines = (line + decoder.decode(chunk, { stream: true })).split("\n");
    line = lines.pop()!;
    summary = lines.findLast((it) => /\| \d+ passed .*\| \d+ failed/.test(it)) ?? summary;
  }
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(summary)?.[1] ?? 0);
  const { code } = await child.status;
  return { code, passed: count("passed"), failed: count("failed"), ignored: count("ignored") };
}

function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}
