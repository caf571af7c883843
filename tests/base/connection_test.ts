import { assertEquals, assertRejects } from "@std/assert";
import { closeQuietly, writeAll } from "../../src/base/connection.ts";

Deno.test("writeAll() goes on until all is written, however little is taken at a time", async () => {
  const taken: number[] = [];
  const write = (bytes: Uint8Array) => {
    const some = bytes.subarray(0, 1 + taken.length % 3);
    taken.push(...some);
    return Promise.resolve(some.length);
  };
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  await writeAll({ write }, bytes);
  assertEquals(taken, [...bytes]);
});

Deno.test("writeAll() rejects when a write does", async () => {
  let writes = 0;
  const write = () => ++writes < 3 ? Promise.resolve(1) : Promise.reject(new Error("broken"));
  await assertRejects(() => writeAll({ write }, new Uint8Array(10)), Error, "broken");
  assertEquals(writes, 3);
});

Deno.test("closeQuietly() closes, and takes a connection that is closed already", () => {
  let closes = 0;
  closeQuietly({
    close() {
      closes++;
      throw new Deno.errors.BadResource("Bad resource ID");
    },
  });
  assertEquals(closes, 1);
});
