// A stream that takes a few bytes at a time gets all of them, in order, and no empty write.

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type LogStream, streamOutput } from "../../../src/cli/logging/log_output.ts";

/** Takes up to `limit` bytes a write, and fails at the `failAt`th. */
class SlowStream implements LogStream {
  readonly writes: string[] = [];
  readonly #limit: number;
  readonly #failAt: number;

  constructor(limit: number, failAt = 100) {
    this.#limit = limit;
    this.#failAt = failAt;
  }

  writeSync(bytes: Uint8Array): number {
    if (this.writes.length + 1 >= this.#failAt) throw new Deno.errors.BrokenPipe("gone");
    const taken = bytes.subarray(0, this.#limit);
    this.writes.push(new TextDecoder("latin1").decode(taken));
    return taken.length;
  }

  // deno-lint-ignore require-await
  async write(bytes: Uint8Array): Promise<number> {
    return this.writeSync(bytes);
  }
}

Deno.test("streamOutput() writes on until a stream has taken everything", async () => {
  for (const limit of [1, 3, 5, 100]) {
    const [now, later] = [new SlowStream(limit), new SlowStream(limit)];
    streamOutput(now).writeSync("ab é\n");
    await streamOutput(later).write!("ab é\n");
    for (const { writes } of [now, later]) {
      assertEquals({ limit, text: writes.join("") }, { limit, text: "ab \xc3\xa9\n" });
      assertEquals(writes.length, Math.ceil(6 / limit));
    }
  }
});

Deno.test("streamOutput() hands on why a stream takes no more", async () => {
  assertThrows(() => streamOutput(new SlowStream(2, 2)).writeSync("abc"), Deno.errors.BrokenPipe);
  const writing = () => streamOutput(new SlowStream(2, 2)).write!("abc");
  await assertRejects(writing, Deno.errors.BrokenPipe);
});
