// Servers that have run out of descriptors, as processes of their own: who is connected is served, the
// log says so once, and everything comes back.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import type { HerdSnapshot } from "../../src/http/api/status_schemas.ts";
import { AnswerReader } from "../../src/http/wire/answer.ts";
import { exchange, readUntil, send } from "../support/herds/client.ts";
import { until, within } from "../support/waiting.ts";
import { testWith } from "../support/test.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { runHerd, type ServerProcess, startServer } from "../support/processes/server_process.ts";
import { connectTo } from "../support/load/rude_client.ts";
import { temporaryFolder } from "../support/files/temporary.ts";

const test = testWith("linux", "sockets", "disk", "processes");

/** The output of a command. Deno lets only those read /proc who may do everything. */
async function output(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args }).output();
  return new TextDecoder().decode(stdout);
}

/** Processor time that a process has used, in seconds: utime and stime of proc(5), at 100 Hz. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await output("cat", `/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Lets a process open no descriptor beyond those that it has, or as many as it likes again. */
async function starve(pid: number): Promise<void> {
  const open = new Set((await output("ls", `/proc/${pid}/fd`)).trim().split("\n").map(Number));
  let free = 0;
  while (open.has(free)) free++;
  await output("prlimit", "--pid", `${pid}`, `--nofile=${free}:`);
}
const feed = (pid: number) => output("prlimit", "--pid", `${pid}`, "--nofile=1024:");

async function ask(connection: Deno.Conn): Promise<void> {
  await send(connection, "hello\n");
  assertEquals(await readUntil(connection, "\n"), "? hello\n");
}

/** Asks on a connection that goes on; gives the body. */
async function askHttp(connection: Deno.Conn, path: string): Promise<string> {
  await send(connection, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const reader = new AnswerReader(connection, 1_000_000);
  const head = await within(reader.head(), `an answer to ${path}`);
  assertEquals(head.status, 200);
  return new TextDecoder().decode(await reader.body(head));
}

const isUp = (herd: string, name: string) =>
  (JSON.parse(herd) as HerdSnapshot).servers.find((it) => it.name === name)!.state === "up";

for (const hasTls of [false, true]) {
  const how = hasTls ? "over TLS" : "in plain text";
  test(`a server without descriptors serves whom it has on every port, ${how}`, async () => {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(temporaryFolder()).path;
    const { file, topology, servers } = writeTopology(folder, {
      links: [["Ann", "Bob"]],
      http: true,
      hasTls,
    });
    if (hasTls) assertEquals((await runHerd(["certs"], { cwd: folder })).code, 0);
    const caCerts = hasTls ? [Deno.readTextFileSync(`${folder}/certs/ca.pem`)] : [];
    const connect = async (port: number): Promise<Deno.Conn> => {
      const connection = await connectTo(port);
      if (!hasTls) return stack.use(connection);
      return stack.use(await Deno.startTls(connection, { hostname: "127.0.0.1", caCerts }));
    };
    const log: string[] = [];
    const start = async (name: string): Promise<ServerProcess> =>
      stack.use(
        await startServer(name, {
          file,
          topology,
          folder,
          args: [
            ...["--log-level", "debug"],
            // Counted in no time.
            ...["--max-connections", "300", "--max-http-connections", "300"],
          ],
          onLog: (line) => void (name === "Ann" && log.push(line)),
        }),
      );
    const ann = await start("Ann");
    const bob = await start("Bob");
    const { port, http, link } = servers.Ann!;
    const line = await connect(port);
    await ask(line);
    const web = await until(() => connect(http!).catch(() => undefined));
    await until(async () => isUp(await askHttp(web, "/v1/servers"), "Bob"), 10_000);

    // It would find few, and take fewer connections than there are tried here.
    await until(() => log.some((it) => /"descriptors\.(enough|few)"/.test(it)), 10_000);
    await starve(ann.pid);
    // The ports take what is left, and then nobody.
    const ports = [port, http!, ...hasTls ? [link!] : []];
    const crowd = stack.use(new DisposableStack());
    for (let i = 0; i < 50; i++) {
      for (const it of ports) crowd.use(await connectTo(it));
    }
    const names = hasTls ? ["clients", "http", "links"] : ["clients", "http"];
    const failing = () => log.filter((it) => it.includes("accept.failing"));
    await until(() => {
      const found = failing();
      return names.every((name) => found.some((it) => it.includes(`"port":"${name}"`)));
    }, 10_000);
    const late = await connectTo(port);
    crowd.use(late);

    // The neighbour goes, too: Ann cannot dial it when it is back, nor ask it how it is.
    await bob.end("SIGKILL");
    const again = await start("Bob");
    const before = [performance.now() / 1000, await cpuSeconds(ann.pid)] as const;
    for (let i = 0; i < 20; i++) {
      await ask(line);
      assert(!isUp(await askHttp(web, "/v1/servers"), "Bob") || i < 10, "Bob cannot be asked");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const share = (await cpuSeconds(ann.pid) - before[1]) / (performance.now() / 1000 - before[0]);
    assert(share < 0.7, `it spins: ${share} of a core`);
    assert(failing().length <= 2 * names.length, `it does not log each of its tries`);

    await feed(ann.pid);
    crowd.dispose();
    await until(async () => isUp(await askHttp(web, "/v1/servers"), "Bob"), 20_000);
    await ask(await connect(port));
    await askHttp(await connect(http!), "/healthz");
    await send(line, "IAMAT k +1+1 1\n");
    await readUntil(line, "\n");
    const asker = await connect(servers.Bob!.port);
    await until(async () => {
      await send(asker, "WHATSAT k 1 0\n");
      return (await readUntil(asker, "\n")).startsWith("AT Ann ");
    }, 10_000);
    for (const it of [ann, again]) assertEquals((await it.end("SIGTERM")).code, 0);
  });
}

test("a server that is started with few descriptors says so, and takes no more than it can", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const log: string[] = [];
  const { file, topology, servers } = writeTopology(folder, { lone: ["Ann"], http: true });
  const server = stack.use(
    await startServer("Ann", {
      file,
      topology,
      folder,
      args: ["--durability", "none"],
      descriptors: 400,
      onLog: (line) => void log.push(line),
    }),
  );
  const said = JSON.parse(await until(() => log.find((it) => it.includes("descriptors.few"))));
  assert(said.free > 300 && said.free < 400, `${said.free} are free`);
  assertEquals(said.needed, 18_256);
  const client = stack.use(await connectTo(server.port));
  await ask(client);
  const crowd = stack.use(new DisposableStack());
  for (let i = 0; i < 300; i++) {
    for (const port of [server.port, servers.Ann!.http!]) {
      const connection = crowd.use(await connectTo(port));
      await connection.write(encode("x\n")).catch(() => {});
    }
  }
  await ask(client);
  const health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  assertMatch(await exchange(servers.Ann!.http!, health), /^HTTP\/1\.1 200 /);
  assertEquals((await server.end("SIGTERM")).code, 0);
});
