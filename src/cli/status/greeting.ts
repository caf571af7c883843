// The end of a herd's start: its servers, its page, and how to talk and stop, once all of them answer.

import { formatAddress } from "../../base/address.ts";
import { awaitedLater } from "../../base/background.ts";
import { decode, encode } from "../../base/bytes.ts";
import { writeAll } from "../../base/connection.ts";
import type { Clock } from "../../base/clock.ts";
import { aborted, after, until, waitFor } from "../../base/waiting.ts";
import type { ServerEntry, Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";
import { shellQuoted } from "../command/shell.ts";
import { bold } from "../command/style.ts";

/** The wait between two tries to reach a server, in milliseconds. */
const TRY_MS = 200;

/** Time limit for all servers to be there, in milliseconds; after it their logs say what is wrong. */
const START_MS = 60_000;

/** Bytes that an answer of a server takes in one piece. */
const ANSWER_BYTES = 4 * 1024;

/** The file that commands read unless told another. */
const DEFAULT_TOPOLOGY = "topology.json";

/** The address at which a server is known to listen: its HTTP port, which it opens last. */
export function lastAddress({ host, port, http }: ServerEntry): string {
  return formatAddress(host, http ?? port);
}

/**
 * Writes the greeting once every server answers: one that loads its records listens before. Begins before they start: nothing is written if
 * somebody else has one of their ports by then, or if `stop` comes first.
 */
export async function greet(
  topology: Topology,
  file: string,
  { stdout, clock, stop }: Pick<Context, "stdout" | "clock"> & { readonly stop: AbortSignal },
): Promise<void> {
  const ended = AbortSignal.any([stop, AbortSignal.timeout(START_MS)]);
  const servers = [...topology.servers.values()];
  if ((await Promise.all(servers.map((it) => answers(it, clock)))).includes(true)) return;
  for (const server of servers) {
    const question = questionFor(server, topology);
    while (!ended.aborted && !await answers(server, clock, question)) {
      await until(after(clock, TRY_MS), aborted(ended));
    }
  }
  if (!ended.aborted) stdout.write(bold(greeting(topology, file), stdout));
}

/** A request, and the beginning of its answer when the server is there. */
interface Question {
  readonly text: string;
  readonly answer: string;
}

/** The question for a server's last address; undefined where only TLS is spoken. */
function questionFor({ host, http }: ServerEntry, { tls }: Topology): Question | undefined {
  if (http === undefined) return tls?.clients ? undefined : { text: "?\n", answer: "? " };
  if (tls?.http) return undefined;
  const text = `GET /healthz HTTP/1.1\r\nHost: ${formatAddress(host, http)}\r\n\r\n`;
  // Whatever it says, it says so when it is there; a host that is no name of the machine is refused.
  return { text, answer: "HTTP/1.1 " };
}

/** True if a server listens, and answers a question if there is one; of health other than loading. */
async function answers(
  { host, port, http }: ServerEntry,
  clock: Pick<Clock, "after">,
  question?: Question,
): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: host, port: http ?? port });
    if (question === undefined) return true;
    await writeAll(connection, encode(question.text));
    const bytes = new Uint8Array(ANSWER_BYTES);
    const reading = awaitedLater(connection.read(bytes));
    const count = await waitFor(reading, after(clock, TRY_MS));
    const text = decode(bytes.subarray(0, count ?? 0));
    return text.startsWith(question.answer) && !text.includes("loading");
  } catch {
    return false;
  }
}

/** The greeting: one line for each thing that a newcomer needs. */
export function greeting({ servers, tls }: Topology, file: string): string {
  const all = [...servers.values()];
  const first = all[0]!;
  const page = all.find((it) => it.http !== undefined);
  const option = file === DEFAULT_TOPOLOGY ? "" : ` --topology ${shellQuoted(file)}`;
  const scheme = tls?.http === undefined ? "http" : "https";
  const nc = tls?.clients ? "" : `, or nc ${first.host} ${first.port}`;
  const lines = [
    `${all.length} ${all.length === 1 ? "server is" : "servers are"} up: ${
      all.map((it) => it.name).join(", ")
    }`,
    page && `  page    ${scheme}://${formatAddress(page.host, page.http!)}`,
    `  talk    deno task client ${first.name}${option}${nc}`,
    page && `  watch   deno task status${option}`,
    "  stop    Ctrl-C",
  ];
  return `\n${lines.filter((it) => it !== undefined).join("\n")}\n\n`;
}
