// A certificate gets old while its server runs, and its files are renewed without a restart.

import type { Transport } from "../../../src/server/tls/byte_duplex.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { DAY_MS, LOOK_MS, OwnCredentials } from "../../../src/server/tls/own_credentials.ts";
import type { Credentials } from "../../../src/server/tls/tls_files.ts";
import { TcpPort } from "../../../src/server/tcp_port.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";
import { testWith } from "../../support/test.ts";
import { TestAuthority } from "../../support/tls/certificates.ts";

const test = testWith("sockets");

/** Credentials of a text that expire this many days after the manual clock's beginning. */
function expiring(days: number, text = "first"): Credentials {
  const expires = new Date(1e12 + days * DAY_MS);
  return { ca: "ca", cert: text, key: `key of ${text}`, issuers: [], expires };
}

function start(credentials: Credentials, reread?: () => Promise<Credentials>) {
  const clock = new ManualClock();
  const log = recordingLog();
  const own = new OwnCredentials({ credentials, reread, clock, log });
  own.start();
  const said = () => log.entries.map(({ event, fields }) => `${event} ${fields.days ?? ""}`);
  return { clock, log, own, said };
}

Deno.test("OwnCredentials warns once a day from 30 days on, and when the certificate has expired", async () => {
  const { clock, own, said } = start(expiring(31));
  assertEquals(said(), []);
  await clock.pass(1.5 * DAY_MS);
  assertEquals(said(), ["tls.expires 29"]);
  await clock.pass(28 * DAY_MS);
  assertEquals(said().length, 29);
  await clock.pass(2 * DAY_MS);
  assertEquals(said().at(-1), "tls.expired -1");
  own[Symbol.dispose]();
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("OwnCredentials takes files that have changed, and keeps what it has of bad ones", async () => {
  let files: Credentials | Error = expiring(10);
  const { clock, own, said, log } = start(
    expiring(10),
    () => files instanceof Error ? Promise.reject(files) : Promise.resolve(files),
  );
  let renewals = 0;
  own.onRenewed(() => renewals++);
  await clock.pass(3 * LOOK_MS);
  assertEquals({ renewals, cert: own.cert }, { renewals: 0, cert: "first" });
  files = new Error("it is not the key of that certificate");
  await clock.pass(3 * LOOK_MS);
  assertEquals({ renewals, cert: own.cert }, { renewals: 0, cert: "first" });
  assertEquals(log.entries.at(-1)?.fields.reason, "it is not the key of that certificate");
  files = expiring(100, "second");
  await clock.pass(LOOK_MS);
  assertEquals({ renewals, cert: own.cert, key: own.key, days: own.daysLeft }, {
    renewals: 1,
    cert: "second",
    key: "key of second",
    days: 99,
  });
  assertEquals(said().at(-1), "tls.renewed 99");
  own[Symbol.dispose]();
});

Deno.test("OwnCredentials looks at its files at once when it is told to, and then as before", async () => {
  let files = expiring(100);
  const { clock, own } = start(files, () => Promise.resolve(files));
  files = expiring(100, "second");
  own.renew();
  await clock.pass(0);
  assertEquals(own.cert, "second");
  assertEquals(clock.pendingTimers, 1);
  files = expiring(100, "third");
  await clock.pass(LOOK_MS);
  assertEquals(own.cert, "third");
  own[Symbol.dispose]();
  own.renew();
  await clock.pass(0);
  assertEquals(clock.pendingTimers, 0);
});

test("TcpPort shows a renewed certificate to who comes then, and leaves others alone", async () => {
  const [before, after] = await Promise.all([TestAuthority.make(), TestAuthority.make()]);
  const renewed = await after.credentials("Ann");
  let files = await before.credentials("Ann");
  const clock = new ManualClock();
  const log = recordingLog();
  const own = new OwnCredentials({
    credentials: files,
    reread: () => Promise.resolve(files),
    clock,
    log,
  });
  own.start();
  const accepted: Transport[] = [];
  const port = new TcpPort({ hostname: "127.0.0.1", port: 0 }, {
    port: "clients",
    certificate: own,
    clock: new SystemClock(),
    log,
    accept: (connection) => void accepted.push(connection),
  });
  const dial = async ({ identity }: TestAuthority) => {
    const caCerts = [identity.certificate];
    const connection = await Deno.connectTls({ ...port.address, caCerts });
    try {
      await connection.handshake();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  };
  using first = await dial(before);
  await assertRejects(() => dial(after));
  files = renewed;
  await clock.pass(LOOK_MS);
  using second = await dial(after);
  await assertRejects(() => dial(before));
  // The one that was there before goes on.
  await accepted[0]!.write(new Uint8Array([7]));
  const buffer = new Uint8Array(1);
  assertEquals(await first.read(buffer), 1);
  await second.write(new Uint8Array([8]));
  await port.close();
  own[Symbol.dispose]();
  for (const it of accepted) it.close();
});
