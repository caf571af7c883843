// What is done to a herd of processes, by tests/e2e/faults_test.ts once and by `deno task faults` again
// and again, and what came of it.

import { pause, until } from "../waiting.ts";
import { type FaultHerd, type Kill, type Loss, NAMES } from "./fault_herd.ts";
import type { TcpProxy } from "../processes/tcp_proxy.ts";

/** Time for which a server is away before it is started again. */
const AWAY_MS = 300;
/** The last moment at which a meddled wire's link may still be in use. */
const NOTICE_MS = 10_000;

/** The return of servers that were killed. */
export interface Return {
  /** From their return until all servers knew all that had been acknowledged by then. */
  readonly agreedMs: number;
  readonly loss: Loss;
}

/** Kills one server and starts it again, without its data if it shall lose them. */
export async function restartOne(
  herd: FaultHerd,
  server: string,
  losesData: boolean,
): Promise<Return> {
  const kill = await herd.kill([server], { losesData });
  await pause(AWAY_MS);
  return await comeBack(herd, [server], kill);
}

/** Kills all servers at one moment and starts them again. */
export async function restartAll(herd: FaultHerd): Promise<Return> {
  const kill = await herd.kill(NAMES, { losesData: false });
  return await comeBack(herd, NAMES, kill);
}

/** Pauses one server, and stalls a wire between two others, for so long. */
export async function pauseAndStall(
  herd: FaultHerd,
  server: string,
  wire: TcpProxy,
  ms: number,
): Promise<{ agreedMs: number }> {
  herd.pause(server);
  wire.stall();
  await pause(ms);
  wire.flow();
  const resumed = herd.resume(server);
  const agreedMs = await herd.untilAgreed();
  await resumed;
  return { agreedMs };
}

/** Makes both wires between Holiday and Welsh slow for a while. */
export async function slowDown(herd: FaultHerd, delayMs: number): Promise<{ agreedMs: number }> {
  const wires = Object.values(herd.wires);
  for (const wire of wires) wire.delayMs = delayMs;
  await pause(3 * delayMs);
  const agreedMs = await herd.untilAgreed();
  for (const wire of wires) wire.delayMs = 0;
  return { agreedMs };
}

/** Cuts both wires between Holiday and Welsh again and again. */
export async function cutWires(herd: FaultHerd, times: number): Promise<{ agreedMs: number }> {
  for (let i = 0; i < times; i++) {
    for (const wire of Object.values(herd.wires)) wire.cut();
    await pause(Math.random() * 100);
  }
  return { agreedMs: await herd.untilAgreed() };
}

/**
 * Alters one bit, anywhere in the next bytes that `follower` gets over its wire, and waits until that
 * has ended the link and there is another one. Returns the reason that the follower logged: it does so
 * some times in a minute.
 */
export async function flipOneBit(
  herd: FaultHerd,
  follower: "Welsh" | "Holiday",
): Promise<string> {
  const { entries } = herd.log(follower);
  const wire = herd.wires[follower];
  const seen = entries.length;
  let isDone = false;
  wire.meddle = (bytes, direction) => {
    if (isDone || direction === "there") return;
    isDone = true;
    bytes[Math.floor(Math.random() * bytes.length)]! ^= 1 << Math.floor(Math.random() * 8);
  };
  const leader = follower === "Welsh" ? "Holiday" : "Welsh";
  await until(
    () =>
      entries.slice(seen).some(({ event, fields }) =>
        event === "link.following" && fields.neighbour === leader
      ),
    NOTICE_MS,
  );
  const lost = entries.slice(seen).find((it) => /^link\.(lost|unreachable)$/.test(it.event));
  return lost === undefined ? "told often enough this minute" : String(lost.fields.reason);
}

async function comeBack(herd: FaultHerd, servers: readonly string[], kill: Kill): Promise<Return> {
  await herd.restart(servers);
  const agreedMs = await herd.untilAgreed();
  return { agreedMs, loss: await herd.lossOf(kill) };
}
