// The module where it is used: one bundle of it in Node and in a browser, with a server that goes away.

import { assertEquals } from "@std/assert";
import { HerdClient } from "../../src/client/mod.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { startHerd, type TestHerd } from "../support/herds/herd.ts";
import { tell } from "../support/herds/records.ts";
import { granted } from "../support/permissions.ts";
import { BROWSER_PATH, startBrowser } from "../support/processes/browser.ts";
import { eachLine } from "../support/processes/server_process.ts";
import { testWith } from "../support/test.ts";
import { until, within } from "../support/waiting.ts";
import { untilReady } from "./fakes/ready.ts";

const SHAPE = { links: [["Ann", "Bob"]], http: true } as const;

/** The program of Node; undefined where there is none, which shows as an ignored test. */
const NODE_PATH = granted({ name: "run" }, { name: "env" }) && canRun("node") ? "node" : undefined;

function canRun(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

/** Bundles the program of a user into one file; gives its path. */
async function bundleTrial(folder: string): Promise<string> {
  const path = `${folder}/trial.mjs`;
  const entry = new URL("platforms/trial.ts", import.meta.url).pathname;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=browser", "--output", path, entry],
  }).output();
  assertEquals(success, true, new TextDecoder().decode(stderr));
  return path;
}

/** Loses the server that the program watches, and checks what it has printed at its end. */
async function drive(herd: TestHerd, lines: readonly string[]): Promise<void> {
  const printed = (line: string) =>
    until(() => lines.includes(line)).catch((error) => {
      throw new Error(`No '${line}' among ${lines.join(", ")}`, { cause: error });
    });
  await printed("level");
  const bob = new HerdClient(herd.http("Bob").url);
  await until(async () => await bob.ask("a") !== undefined);
  await herd.stop("Ann");
  tell(herd.node("Bob").store, "kiwi +1.5+1 1");
  await printed("enter kiwi");
  tell(herd.node("Bob").store, "end +1.5+1 1");
  await printed("done");
  assertEquals(lines.slice(0, 8), [
    "asked fleet/7 1",
    "unknown ",
    "stored 2",
    "near fleet%2F7 a",
    "page 2",
    "page 1",
    "refused 400",
    "forgotten true",
  ]);
  // Those in an area come in no order.
  assertEquals(
    lines.slice(8).sort(),
    ["done", "enter a", "enter end", "enter fleet%2F7", "enter kiwi", "level", "level"],
  );
}

testWith("sockets", "disk", "processes", NODE_PATH !== undefined)(
  "the module works in Node, which goes on with another server",
  async () => {
    using folder = temporaryFolder();
    const path = await bundleTrial(folder.path);
    await using herd = await startHerd(SHAPE);
    await untilReady(herd);
    await using node = new Deno.Command(NODE_PATH!, {
      args: [path, herd.http("Ann").url, herd.http("Bob").url],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines: string[] = [];
    const printing = eachLine(node.stdout, (line) => void lines.push(line));
    await drive(herd, lines);
    const status = await within(node.status, "the end of Node");
    await printing;
    assertEquals(status.code, 0);
  },
);

/** Serves a page with a script, and the servers of a herd below the names that they have. */
function servePage(herd: TestHerd, script: string): Deno.HttpServer<Deno.NetAddr> {
  const page = `<!doctype html><script type="module" src="/trial.js"></script>`;
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/") return new Response(page, { headers: { "Content-Type": "text/html" } });
    if (pathname === "/trial.js") {
      return new Response(script, { headers: { "Content-Type": "text/javascript" } });
    }
    const [, name = "", path] = /^\/(Ann|Bob)(\/.*)$/.exec(pathname) ?? [];
    if (path === undefined) return new Response(null, { status: 404 });
    const { method, body, signal } = request;
    const type = request.headers.get("Content-Type");
    try {
      return await fetch(herd.http(name).url + path + search, {
        method,
        signal,
        ...body !== null && { body: await request.text() },
        headers: type === null ? {} : { "Content-Type": type },
      });
    } catch {
      return new Response(null, { status: 502 });
    }
  });
}

testWith("sockets", "disk", "processes", BROWSER_PATH !== undefined)(
  "the module works in a browser, which goes on with another server",
  async () => {
    using folder = temporaryFolder();
    const script = await Deno.readTextFile(await bundleTrial(folder.path));
    await using herd = await startHerd(SHAPE);
    await untilReady(herd);
    await using server = servePage(herd, script);
    const origin = `http://127.0.0.1:${server.addr.port}`;
    await using browser = await startBrowser();
    const { page } = await browser.open("about:blank");
    const lines: string[] = [];
    page.on("console", (it) => {
      if (it.type() === "log") lines.push(it.text());
    });
    await page.goto(`${origin}/?server=${origin}/Ann&server=${origin}/Bob/`);
    await drive(herd, lines);
  },
);
