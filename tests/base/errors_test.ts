import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError, readConfig, reasonOf } from "../../src/base/errors.ts";

const failing = (error: unknown) => ({ read: () => Promise.reject(error) });

Deno.test("readConfig() gives the text, or says what could not be read and why", async () => {
  assertEquals(
    await readConfig("a", { read: (path) => Promise.resolve(`text of ${path}`) }),
    "text of a",
  );
  const table: [options: Parameters<typeof readConfig>[1], message: string][] = [
    [failing(new Deno.errors.NotFound("os error 2")), "Cannot read 'a': no such file"],
    [
      { ...failing(new Deno.errors.NotFound()), what: "the key", remedy: "'make' makes it" },
      "Cannot read the key 'a': no such file; 'make' makes it",
    ],
    [
      failing(new Deno.errors.NotCapable("Requires read access")),
      "Cannot read 'a': this process was not granted it; " +
      "'herd flags' prints the flags that a server needs",
    ],
    [failing(new Deno.errors.IsADirectory("a folder")), "Cannot read 'a': a folder"],
    [failing(undefined), "Cannot read 'a': undefined"],
    [failing("a text"), "Cannot read 'a': a text"],
  ];
  for (const [options, message] of table) {
    const error = await assertRejects(() => readConfig("a", options), ConfigError);
    assertEquals(error.message, message);
  }
});

Deno.test("reasonOf() has words for whatever was thrown", () => {
  const table: [thrown: unknown, reason: string][] = [
    [new Error("the disk is full"), "the disk is full"],
    [new Deno.errors.ConnectionReset("reset by peer"), "reset by peer"],
    [new Error(""), "Error"],
    [new RangeError(), "RangeError"],
    [AbortSignal.abort().reason, "The signal has been aborted"],
    ["a text", "a text"],
    [undefined, "undefined"],
    [null, "null"],
  ];
  for (const [thrown, reason] of table) assertEquals(reasonOf(thrown), reason);
});
