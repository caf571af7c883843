// A TLS socket as a byte connection, over real sockets.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { writeAll } from "../../../src/base/connection.ts";
import type { TlsConnection } from "../../../src/server/tls/tls_connection.ts";
import { until, within } from "../../support/waiting.ts";
import { testWith } from "../../support/test.ts";
import { closing, tcpPair, tlsPair } from "../../support/tls/pairs.ts";
import { acceptTls, connectTls } from "../../../src/server/links/tls.ts";
import { TestAuthority } from "../../support/tls/certificates.ts";

const test = testWith("sockets");
const MIB = 1024 * 1024;

/** The next bytes as text; undefined at the end. */
async function readText(connection: TlsConnection, atMost = 100): Promise<string | undefined> {
  const buffer = new Uint8Array(atMost);
  const count = await within(connection.read(buffer), "bytes, or the end");
  return count === null ? undefined : new TextDecoder().decode(buffer.subarray(0, count));
}

test("TlsConnection passes bytes both ways, as many at a time as the reader has room for", async () => {
  const [leader, follower] = await tlsPair();
  using _leader = closing(leader);
  using _follower = closing(follower);
  await follower.write(encode("FOLLOW"));
  assertEquals(await readText(leader, 4), "FOLL");
  assertEquals(await readText(leader, 4), "OW");
  const reading = readText(follower);
  await leader.write(encode("LEAD"));
  assertEquals(await reading, "LEAD");
});

test("TlsConnection ends its directions one by one", async () => {
  const [leader, follower] = await tlsPair();
  using _leader = closing(leader);
  using _follower = closing(follower);
  await follower.write(encode("last"));
  await follower.closeWrite();
  assertEquals(await readText(leader), "last");
  assertEquals(await readText(leader), undefined);
  await leader.write(encode("answer"));
  assertEquals(await readText(follower), "answer");
  await leader.closeWrite();
  assertEquals(await readText(follower), undefined);
  assertEquals(await readText(follower), undefined);
});

test("TlsConnection passes much, unchanged", async () => {
  const [leader, follower] = await tlsPair();
  using _leader = closing(leader);
  using _follower = closing(follower);
  const sent = new Uint8Array(8 * MIB);
  for (let index = 0; index < sent.length; index++) sent[index] = (index * 2654435761) >>> 24;
  const writing = writeAll(leader, sent).then(() => leader.closeWrite());
  const received = new Uint8Array(sent.length);
  let length = 0;
  for (;;) {
    const count = await within(follower.read(received.subarray(length)), `what follows ${length}`);
    if (count === null || count === 0) break;
    length += count;
  }
  await within(writing, "all to be written");
  assertEquals(length, sent.length);
  // Compared as a whole: assertEquals takes seconds over millions of elements.
  assert(received.every((byte, index) => byte === sent[index]));
});

test("TlsConnection.write() waits for a reader that is slow, on either side", async () => {
  for (const writerIsLeader of [true, false]) {
    const pair = await tlsPair();
    const [writer, reader] = writerIsLeader ? pair : pair.toReversed() as typeof pair;
    using _reader = closing(reader);
    const chunk = new Uint8Array(64 * 1024);
    let written = 0;
    const writing = (async () => {
      for (;;) {
        await writer.write(chunk);
        written += chunk.length;
      }
    })();
    const refused = assertRejects(() => writing);
    // What the system's buffers hold, and no more; the test waits for it to stand still.
    let before = -1;
    await until(() => {
      const isStill = written === before;
      before = written;
      return isStill && written > 0 &&
        new Promise<boolean>((resolve) => setTimeout(() => resolve(written === before), 100));
    });
    assert(written < 32 * MIB, `${written} bytes were taken and not read`);
    const buffer = new Uint8Array(4 * MIB);
    let read = 0;
    while (read < 2 * before) read += (await within(reader.read(buffer), `what follows ${read}`))!;
    assert(written > before);
    writer.close();
    await within(refused, "the writer to end");
  }
});

test("TlsConnection.close() ends reads and writes at both ends", async () => {
  const [leader, follower] = await tlsPair();
  const here = assertRejects(() => leader.read(new Uint8Array(1)));
  const there = follower.read(new Uint8Array(1));
  leader.close();
  await within(here, "the reader here to end");
  assertEquals(await within(there, "the reader there to end"), null);
  await assertRejects(() => leader.write(encode("x")));
  await assertRejects(() => leader.read(new Uint8Array(1)));
  leader.close();
  follower.close();
  await assertRejects(() => follower.write(encode("x")));
});

test("TlsConnection.read() tells when the connection below breaks, and forged bytes from none", async () => {
  const authority = await TestAuthority.make();
  const [accepted, dialled] = await tcpPair();
  const [{ connection }, follower] = await Promise.all([
    acceptTls(accepted, await authority.credentials("Goloman")),
    connectTls(dialled, await authority.credentials("Hands"), "Goloman"),
  ]);
  using _leader = closing(connection);
  using _follower = closing(follower);
  const reading = assertRejects(() => connection.read(new Uint8Array(100)));
  // A record of TLS 1.3 as it should look, but for what is in it.
  await dialled.write(new Uint8Array([0x17, 3, 3, 0, 32, ...new Uint8Array(32)]));
  await reading;
});
