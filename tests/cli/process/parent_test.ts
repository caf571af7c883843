import { assertEquals } from "@std/assert";
import { tied, untie } from "../../../src/cli/process/parent.ts";

Deno.test("untie() takes off what tied() puts before a command's arguments", () => {
  const args = ["server", "Ann", "--parent=1"];
  assertEquals(untie(tied(args)), { args, parent: Deno.pid });
  assertEquals(untie(["--parent", ...args]), { args, parent: Deno.ppid });
});

Deno.test("untie() leaves other arguments as they are", () => {
  for (const args of [[], ["server"], ["--parents"], ["--parent=x"], ["server", "--parent"]]) {
    assertEquals(untie(args), { args, parent: undefined });
  }
});
