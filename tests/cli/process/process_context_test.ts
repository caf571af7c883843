// The real context, in processes of their own: signals, and variables that are not granted.

import { assertEquals } from "@std/assert";
import { endProcess } from "../../../src/cli/server/server_process.ts";
import { testWith } from "../../support/test.ts";
import { within } from "../../support/waiting.ts";

const test = testWith("processes", "unix");
const module = new URL("../../../src/cli/process/process_context.ts", import.meta.url).href;

test("stopSignal() aborts at a signal, passes over its echo, and leaves a later one to the system", async () => {
  await using process = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `
        import { processContext } from "${module}";
        const { stdout, stopSignal } = processContext();
        stopSignal().addEventListener("abort", () => stdout.write(stopSignal().reason));
        Deno.addSignalListener("SIGUSR1", () => stdout.write("alive"));
        stdout.write("ready");
        setInterval(() => {}, 60_000);
      `,
    ],
    stdout: "piped",
  }).spawn();
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await within(output.read(), "the process to say something")).value, "ready");
  process.kill("SIGTERM");
  assertEquals((await within(output.read(), "the process to say something")).value, "SIGTERM");
  process.kill("SIGTERM");
  process.kill("SIGUSR1");
  assertEquals((await within(output.read(), "the process to say something")).value, "alive");
  const again = setInterval(() => void endProcess(process), 20);
  assertEquals((await process.status).signal, "SIGTERM");
  clearInterval(again);
  await output.cancel();
});

test("env() gives nothing for a variable that is empty, not set or not granted", async () => {
  const script = `
      import { processContext } from "${module}";
      const { stdout, env } = processContext();
      const names = ["SET", "EMPTY", "UNSET", "SECRET"];
      stdout.write(JSON.stringify(names.map((name) => env(name) ?? null)));
    `;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-env=SET,EMPTY,UNSET", "-"],
    env: { SET: "value", EMPTY: "", SECRET: "hidden" },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await new Blob([script]).stream().pipeTo(process.stdin);
  const { stdout } = await process.output();
  assertEquals(new TextDecoder().decode(stdout), '["value",null,null,null]');
});

test("onHangUp() takes SIGHUP from stopSignal() until it is disposed of", async () => {
  const script = `
    import { processContext } from "${module}";
    const { stdout, stopSignal, onHangUp } = processContext();
    stopSignal().addEventListener("abort", () => stdout.write(stopSignal().reason));
    const first = onHangUp(() => {
      stdout.write("heard");
      first[Symbol.dispose]();
    });
    stdout.write("ready");
    setInterval(() => {}, 60_000);
  `;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    stdout: "piped",
  }).spawn();
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const read = async () => (await within(output.read(), "the process to say something")).value;
  assertEquals(await read(), "ready");
  process.kill("SIGHUP");
  assertEquals(await read(), "heard");
  process.kill("SIGHUP");
  assertEquals(await read(), "SIGHUP");
  await endProcess(process, "SIGKILL");
  await output.cancel();
});

test("env() refuses a variable that is not UTF-8, and does not show it", async () => {
  const script = `
    import { processContext } from "${module}";
    try {
      processContext().env("HERD_SECRET");
    } catch (error) {
      console.log(error.name, error.message, error.stack, error.cause);
    }
  `;
  // A shell sets it: an argument of Deno's own is text.
  const { stdout } = await new Deno.Command("sh", {
    args: [
      "-c",
      `HERD_SECRET="$(printf 'secret\\377\\376')" exec "$0" eval "$1"`,
      Deno.execPath(),
      script,
    ],
    stderr: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(
    /^ConfigError (.*)/.exec(text)?.[1]?.split(" ConfigError")[0],
    "Cannot read HERD_SECRET from the environment: it is not UTF-8",
  );
  assertEquals(text.includes("secret\\") || text.includes("xFF"), false, text);
});
