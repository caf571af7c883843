import { assertEquals, assertMatch } from "@std/assert";
import { withDefaults } from "../../../src/base/defaults.ts";
import { command } from "../../../src/cli/command/definition.ts";
import {
  clientLimits,
  LIMIT_OPTIONS,
  linkTimings,
  placesLimits,
} from "../../../src/cli/server/limit_options.ts";
import { flagName } from "../../../src/cli/command/description.ts";
import server from "../../../src/cli/commands/server.ts";
import { LINK_TIMINGS } from "../../../src/flood/environment.ts";
import { GUARD_LIMITS } from "../../../src/places/upstream/guard.ts";
import { LIMITS } from "../../../src/server/limits.ts";
import { TestContext } from "../../support/fakes/context.ts";

/** What a command line comes to. */
async function limitsOf(...args: string[]) {
  let found: object = {};
  const probe = command({
    name: "probe",
    summary: "Take limits",
    options: LIMIT_OPTIONS,
    run(values) {
      found = {
        ...clientLimits(values),
        ...linkTimings(values),
        ...placesLimits(values),
      };
      return 0;
    },
  });
  assertEquals(await probe.invoke(args, new TestContext()), 0);
  return found as Record<string, number>;
}

/** A value of each option that is not its default, and the limits that it has to give. */
const TABLE: Record<keyof typeof LIMIT_OPTIONS, [value: string, limits: Record<string, number>]> = {
  maxConnections: ["7", { maxConnections: 7 }],
  maxConnectionsPerAddress: ["7", { maxConnectionsPerAddress: 7, maxConnectionsPerLoopback: 7 }],
  firstLineTimeout: ["7", { firstLineMs: 7_000 }],
  idleTimeout: ["7", { idleMs: 7_000 }],
  idleYield: ["7", { yieldMs: 7_000 }],
  unreadTimeout: ["7", { unreadMs: 7_000 }],
  maxUnread: ["7", { maxUnreadBytes: 7_168 }],
  maxUnreadTotal: ["7", { maxUnreadBytesPerServer: 7_340_032 }],
  maxWhatsat: ["7", { maxPlacesPerConnection: 7 }],
  maxWhatsatTotal: ["7", { maxPlacesPerServer: 7 }],
  maxHttpConnections: ["7", { maxHttpConnections: 7 }],
  maxHttpConnectionsPerAddress: [
    "7",
    { maxHttpConnectionsPerAddress: 7, maxHttpConnectionsPerLoopback: 7 },
  ],
  maxHttpRate: ["7", { httpRequestsPerSecond: 7, httpRequestsPerSecondOfLoopback: 7 }],
  httpHeadTimeout: ["7", { httpHeadMs: 7_000 }],
  httpBodyTimeout: ["7", { httpBodyMs: 7_000 }],
  httpIdleTimeout: ["7", { httpIdleMs: 7_000 }],
  httpAnswerTimeout: ["7", { httpAnswerMs: 7_000 }],
  maxHttpUnread: ["7", { maxHttpUnreadBytes: 7_340_032 }],
  webSocketPing: ["7", { webSocketPingMs: 7_000 }],
  maxClients: ["7", { maxClients: 7 }],
  maxRemovals: ["7", { maxRemovals: 7 }],
  maxRecords: ["7", { maxRecordBytes: 7_340_032 }],
  handshakeTimeout: ["7", { handshakeMs: 7_000 }],
  maxHandshakes: ["7", { maxHandshakes: 7, maxTrials: 7 }],
  placesTimeout: ["7", { deadlineMs: 7_000 }],
  maxPlacesCalls: ["7", { maxConcurrent: 7 }],
  maxPlacesQueue: ["7", { maxQueued: 7 }],
};

Deno.test("limit options give each limit by its own name, and change no other", async () => {
  const defaults = await limitsOf();
  for (const [option, [value, limits]] of Object.entries(TABLE)) {
    const given = await limitsOf(`--${flagName(option)}`, value);
    assertEquals(given, { ...defaults, ...limits }, option);
  }
});

Deno.test("limit options that are left out give the defaults", async () => {
  const all: Record<string, number> = { ...LIMITS, ...LINK_TIMINGS, ...GUARD_LIMITS as object };
  assertEquals(withDefaults(all, await limitsOf()), all);
});

Deno.test("every limit towards clients has an option, but how long a stop may take", async () => {
  const given = Object.keys(
    await limitsOf(
      "--max-connections-per-address",
      "1",
      "--max-http-connections-per-address",
      "1",
    ),
  );
  const missing = Object.keys(LIMITS).filter((it) => !given.includes(it));
  assertEquals(missing, ["drainMs"]);
});

Deno.test("herd server --help names every limit", async () => {
  const context = new TestContext();
  await server.invoke(["--help"], context);
  for (const option of Object.keys(LIMIT_OPTIONS)) {
    assertMatch(context.stdout.text, new RegExp(`--${flagName(option)} <`));
  }
  assertMatch(context.stdout.text, /4,096\s+bytes/);
});
