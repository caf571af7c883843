// Watches over cuts, silence and servers that fail: what is kept of their events is right.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import fc from "../support/properties.ts";
import { type Cut, HerdClient, type WatchEvent } from "../../src/client/mod.ts";
import { SILENCE_MS, TIMEOUT_MS } from "../../src/client/client.ts";
import { FIRST_WAIT_MS } from "../../src/client/waits.ts";
import { STEADY_MS, UNREADY_TRIES, type WatchOptions } from "../../src/client/watch.ts";
import { until, within } from "../support/waiting.ts";
import { AREA, type Change, FakeHerd, FakeTimers } from "./fakes/fake_herd.ts";
import { Mirror } from "./fakes/mirror.ts";

const test = Deno.test;

/** A watch that is read in the background. */
class Watching implements AsyncDisposable {
  readonly mirror: Mirror;
  readonly cuts: Cut[] = [];
  readonly timers = new FakeTimers([TIMEOUT_MS, SILENCE_MS, STEADY_MS]);
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  #failure: unknown;

  constructor(
    herd: FakeHerd,
    { isArea = false, each, afterCuts, ...options }: WatchOptions & {
      readonly isArea?: boolean;
      afterCuts?(count: number): void;
      each?(event: WatchEvent, mirror: Mirror): void;
    } = {},
  ) {
    const { fetch } = herd;
    this.mirror = new Mirror(options.bridge === false && !isArea);
    const client = new HerdClient(herd.addresses, { fetch, timer: this.timers.timer });
    const { signal } = this.#end;
    const onCut = (cut: Cut) => {
      this.cuts.push(cut);
      afterCuts?.(this.cuts.length);
    };
    const events = client.watch(isArea ? AREA : {}, { ...options, signal, onCut });
    this.#done = this.#read(events, each);
  }

  get types(): string[] {
    return this.mirror.events.map((it) => "id" in it ? `${it.type} ${it.id}` : it.type);
  }

  /** Waits until something is true of the watch; fails with what the watch failed with. */
  async until(isTrue: () => boolean): Promise<void> {
    await until(() => {
      if (this.#failure !== undefined) throw this.#failure;
      return isTrue();
    });
  }

  /** The types of events from the last call on, when there are so many of them. */
  async next(count: number): Promise<string[]> {
    const start = this.#given;
    await this.until(() => this.types.length >= start + count);
    this.#given = start + count;
    return this.types.slice(start, start + count);
  }
  #given = 0;

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await within(this.#done, "the end of the watch");
  }

  async #read(
    events: AsyncIterable<WatchEvent>,
    each?: (event: WatchEvent, mirror: Mirror) => void,
  ): Promise<void> {
    try {
      for await (const event of events) {
        this.mirror.take(event);
        each?.(event, this.mirror);
      }
    } catch (error) {
      if (error !== this.#end.signal.reason) this.#failure = error;
    }
  }
}

let seconds = 1_000;
/** A change that is newer than all before. */
function change(id: string, lat?: number): Change {
  return { id, lat, time: String(++seconds) };
}

test("a watch of the world tells what is there, then what changes", async () => {
  const herd = new FakeHerd(["a"]);
  const [a] = herd.servers;
  a!.apply(change("kiwi", 1));
  await using watching = new Watching(herd);
  assertEquals(await watching.next(2), ["set kiwi", "level"]);
  a!.apply(change("moa", 1));
  a!.apply(change("kiwi", 2));
  a!.apply(change("moa"));
  assertEquals(await watching.next(3), ["set moa", "set kiwi", "forget moa"]);
});

test("a watch of the world goes on where it was cut", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const [a] = herd.servers;
  for (const id of ["x", "y", "z"]) a!.apply(change(id, 1));
  await using watching = new Watching(herd);
  await watching.next(4);
  a!.cut();
  a!.apply(change("y", 2));
  assertEquals(await watching.next(2), ["set y", "level"]);
  assertEquals(watching.cuts.map((it) => it.error.fault), ["unreachable"]);
  assertEquals(a!.requests.filter((it) => it.startsWith("/v1")), [
    "/v1/changes",
    "/v1/changes?since=a0:3",
  ]);
});

test("another server tells what is other there, and nothing twice", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const [a, b] = herd.servers;
  const all = ["same", "moved", "gone", "forgotten"].map((it) => change(it, 1));
  for (const it of all) {
    a!.apply(it);
    if (it.id !== "gone") b!.apply(it);
  }
  await using watching = new Watching(herd);
  await watching.next(5);
  a!.kill();
  b!.apply(change("moved", 2));
  b!.apply(change("forgotten"));
  b!.apply(change("new", 1));
  assertEquals(await watching.next(5), [
    "set moved",
    "forget forgotten",
    "set new",
    "forget gone",
    "level",
  ]);
  const { position, server } = watching.mirror.events.at(-1)!;
  assertEquals({ position, server }, { position: "b0:6", server: "http://b" });
  assert(watching.mirror.events.slice(5, 9).every((it) => it.position === undefined));
});

test("an area that is watched at another server tells who has come and gone", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const [a, b] = herd.servers;
  for (const it of ["same", "moved", "gone"].map((it) => change(it, 1))) {
    a!.apply(it);
    b!.apply(it);
  }
  await using watching = new Watching(herd, { isArea: true });
  assertEquals(await watching.next(4), ["enter same", "enter moved", "enter gone", "level"]);
  a!.kill();
  b!.apply(change("moved", 2));
  b!.apply(change("gone", 50));
  b!.apply(change("new", 1));
  assertEquals(await watching.next(4), ["move moved", "enter new", "leave gone", "level"]);
  b!.apply(change("new", 50));
  assertEquals(await watching.next(1), ["leave new"]);
});

test("a watch of an area from now on leaves out who is there, and knows them over a cut", async () => {
  const herd = new FakeHerd(["a"]);
  const [a] = herd.servers;
  a!.apply(change("here", 1));
  a!.apply(change("goes", 1));
  const told: WatchEvent[] = [];
  const { timer } = new FakeTimers([TIMEOUT_MS, SILENCE_MS, STEADY_MS]);
  const watch = new HerdClient(herd.addresses, { fetch: herd.fetch, timer })
    .watch(AREA, { since: "now" });
  const next = async () => {
    const { value } = await within(watch.next(), "the next event");
    told.push(value!);
  };
  await next();
  a!.cut();
  a!.apply(change("goes", 50));
  await next();
  await next();
  assertEquals(told.map((it) => "id" in it ? `${it.type} ${it.id}` : it.type), [
    "level",
    "leave goes",
    "level",
  ]);
  await watch.return();
  assertEquals(a!.streams, 0);
});

test("a watch of the world from now on begins anew at another server, with one reset", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const [a, b] = herd.servers;
  for (const it of [change("x", 1), change("y", 1)]) {
    a!.apply(it);
    b!.apply(it);
  }
  await using watching = new Watching(herd, { since: "now" });
  assertEquals(await watching.next(1), ["level"]);
  a!.apply(change("x", 2));
  assertEquals(await watching.next(1), ["set x"]);
  a!.kill();
  assertEquals(await watching.next(4), ["reset", "set x", "set y", "level"]);
  a!.revive();
  a!.apply(change("y", 3));
  b!.kill();
  assertEquals(await watching.next(3), ["set x", "set y", "level"]);
});

test("without a bridge each new beginning is a reset", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const [a, b] = herd.servers;
  const x = change("x", 1);
  a!.apply(x);
  b!.apply(x);
  await using watching = new Watching(herd, { isArea: true, bridge: false });
  assertEquals(await watching.next(2), ["enter x", "level"]);
  a!.cut();
  assertEquals(await watching.next(3), ["reset", "enter x", "level"]);
  a!.kill();
  assertEquals(await watching.next(3), ["reset", "enter x", "level"]);
});

test("a position of another run goes on there, and is a reset elsewhere", async () => {
  const herd = new FakeHerd(["a"]);
  const [a] = herd.servers;
  for (const id of ["x", "y", "z"]) a!.apply(change(id, 1));
  await using here = new Watching(herd, { since: "a0:2" });
  assertEquals(await here.next(2), ["set z", "level"]);
  await using elsewhere = new Watching(herd, { since: "q0:2" });
  assertEquals(await elsewhere.next(5), ["reset", "set x", "set y", "set z", "level"]);
});

test("a connection that falls silent is cut, and another server watched", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const [a, b] = herd.servers;
  await using watching = new Watching(herd);
  await watching.next(1);
  a!.silence();
  await watching.until(() => watching.timers.pending(SILENCE_MS) === 1);
  watching.timers.fire(SILENCE_MS);
  b!.apply(change("x", 1));
  assertEquals(await watching.next(1), ["set x"].slice(0, 1));
  assertEquals(watching.cuts.map((it) => it.error.fault), ["timeout"]);
  assertEquals(watching.mirror.events.at(-1)!.server, "http://b");
});

test("a server that does not answer in time is left for another one", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const { timer, pending, fire } = bound(new FakeTimers([TIMEOUT_MS, SILENCE_MS, STEADY_MS]));
  const fetch = (url: string, init: RequestInit) => {
    if (!url.startsWith("http://a")) return herd.fetch(url, init);
    return new Promise<Response>((_, reject) => {
      init.signal!.addEventListener("abort", () => reject(init.signal!.reason));
    });
  };
  const cuts: Cut[] = [];
  const client = new HerdClient(herd.addresses, { fetch, timer });
  const watch = client.watch({}, { onCut: (cut) => void cuts.push(cut) });
  const first = watch.next();
  await until(() => pending(TIMEOUT_MS) === 1);
  fire(TIMEOUT_MS);
  assertEquals((await within(first, "the first event")).value?.server, "http://b");
  assertMatch(cuts[0]!.error.message, /^http:\/\/a: No answer in 10000 ms$/);
  await watch.return();
});

test("servers that are not ready are passed over, unless no other is there for long", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const [a, b] = herd.servers;
  a!.isReady = false;
  {
    await using watching = new Watching(herd);
    await watching.next(1);
    assertEquals(watching.mirror.events[0]!.server, "http://b");
  }
  b!.isReady = false;
  await using watching = new Watching(herd);
  await watching.next(1);
  assertEquals(watching.cuts.length, UNREADY_TRIES * 2);
  assert(watching.cuts.every((it) => it.error.status === 503));
});

test("servers are asked again if they are ready each time that one was watched", async () => {
  const herd = new FakeHerd(["a"]);
  const [a] = herd.servers;
  a!.isReady = false;
  let readyAfter = Infinity;
  await using watching = new Watching(herd, {
    afterCuts: (count) => void (a!.isReady = count >= readyAfter),
  });
  await watching.next(1);
  assertEquals(watching.cuts.length, UNREADY_TRIES);
  a!.cut();
  await watching.next(1);
  assertEquals(watching.cuts.length, 2 * UNREADY_TRIES + 1);
  // It is ready once, after less than that.
  readyAfter = watching.cuts.length + UNREADY_TRIES;
  a!.cut();
  await watching.next(1);
  assertEquals(watching.cuts.length, readyAfter);
  readyAfter = Infinity;
  a!.cut();
  await watching.next(1);
  assertEquals(watching.cuts.length, 3 * UNREADY_TRIES + 1 + UNREADY_TRIES + 1);
});

test("all servers are tried before a watch waits, and waits are short again when one has worked", async () => {
  const herd = new FakeHerd(["a", "b", "c"]);
  const [a, b, c] = herd.servers;
  let upAfter = 40;
  await using watching = new Watching(herd, {
    afterCuts: (count) => void (c!.isUp = count >= upAfter),
  });
  await watching.next(1);
  b!.isUp = c!.isUp = false;
  a!.kill();
  await watching.next(1);
  const waits = watching.cuts.map((it) => it.waitMs);
  // The first cut is followed by the same server; then come rounds of three.
  assert(waits.every((it, index) => it === 0 || index > 0 && index % 3 === 0), `${waits}`);
  assert(Math.max(...waits) > FIRST_WAIT_MS, `${waits}`);
  watching.timers.fire(STEADY_MS);
  upAfter = Infinity;
  c!.kill();
  await watching.until(() => watching.cuts.length >= waits.length + 4);
  const again = watching.cuts.slice(waits.length, waits.length + 4).map((it) => it.waitMs);
  assert(Math.max(...again) <= FIRST_WAIT_MS, `${again}`);
});

test("a server is watched again after a cut, and left after two that follow soon", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const [a] = herd.servers;
  await using watching = new Watching(herd);
  const server = async () => {
    await watching.next(1);
    return watching.mirror.events.at(-1)!.server;
  };
  assertEquals(await server(), "http://a");
  for (let i = 0; i < 3; i++) {
    a!.cut();
    assertEquals(await server(), "http://a");
    watching.timers.fire(STEADY_MS);
  }
  a!.cut();
  assertEquals(await server(), "http://a");
  a!.cut();
  assertEquals(await server(), "http://b");
  assertEquals(watching.timers.pending(STEADY_MS), 1);
});

test("a signal that lives on is let go by each request and each connection", async () => {
  const herd = new FakeHerd(["a"]);
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, given);
  };
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, given);
  };
  const { timer } = new FakeTimers([TIMEOUT_MS, SILENCE_MS, STEADY_MS]);
  const client = new HerdClient(herd.addresses, { fetch: herd.fetch, timer, signal });
  const watch = client.watch();
  await watch.next();
  const once = listeners;
  for (let i = 0; i < 5; i++) {
    herd.servers[0]!.cut();
    await watch.next();
    assertEquals(listeners, once);
  }
  await watch.return();
  assertEquals(listeners, 0);
});

test("answers that no server of a herd gives are left for another server's", async () => {
  const herd = new FakeHerd(["a", "b"]);
  const odd: Response[] = [
    new Response("<html>", { headers: { "Content-Type": "text/html" } }),
    new Response('event: enter\ndata: {"id": 1}\n\n', {
      headers: { "Content-Type": "text/event-stream" },
    }),
    new Response("event: enter\ndata: [\n\n", { headers: { "Content-Type": "text/event-stream" } }),
  ];
  for (const response of odd) {
    const cuts: Cut[] = [];
    const fetch = (url: string, init: RequestInit) =>
      url === "http://a/v1/changes" ? Promise.resolve(response.clone()) : herd.fetch(url, init);
    const { timer } = new FakeTimers([TIMEOUT_MS, SILENCE_MS, STEADY_MS]);
    const watch = new HerdClient(herd.addresses, { fetch, timer })
      .watch({}, { onCut: (cut) => void cuts.push(cut) });
    const { value } = await within(watch.next(), "the first event");
    assertEquals(value?.server, "http://b");
    assert(cuts.length >= 1 && cuts.every((it) => it.error.fault === "malformed"), `${cuts}`);
    await watch.return();
  }
});

test("a kind of event that is not known is passed over", async () => {
  const body = "event: other\ndata: 1\n\nevent: toString\ndata: 1\n\nevent: level\ndata: {}\n\n";
  const fetch = (url: string) =>
    Promise.resolve(
      new Response(url.endsWith("/readyz") ? "" : body, {
        headers: { "Content-Type": "text/event-stream" },
      }),
    );
  const watch = new HerdClient("http://a", { fetch }).watch();
  assertEquals((await watch.next()).value?.type, "level");
  await watch.return();
});

test("what is aborted rejects with the reason of its signal", async () => {
  const herd = new FakeHerd(["a"]);
  herd.servers[0]!.isUp = false;
  const { fetch } = herd;
  const reason = new Error("enough");
  const ends = new AbortController();
  const client = new HerdClient(herd.addresses, { fetch, signal: ends.signal });
  const running = [client.watch().next(), client.ask("kiwi"), client.list().next()];
  ends.abort(reason);
  for (const it of running) assertEquals(await it.catch((error) => error), reason);
  await assertRejects(() => client.ask("kiwi"), Error, "enough");
});

test("what is kept of a watch is what its server has, over all cuts and servers that fail", async () => {
  const ids = ["a", "b", "c", "d", "e"];
  const server = fc.nat(2);
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("change" as const),
        id: fc.constantFrom(...ids),
        lat: fc.option(fc.constantFrom(1, 2, 50), { nil: undefined, freq: 5 }),
        // Servers that do not hear of it yet.
        late: fc.subarray([0, 1, 2], { maxLength: 2 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom("cut", "kill", "revive", "silence", "hear", "turn", "turn"),
        server,
      }),
    },
  );
  const options = fc.record({
    isArea: fc.boolean(),
    bridge: fc.boolean(),
    since: fc.constantFrom(undefined, "q0:7"),
  });
  const property = fc.asyncProperty(
    options,
    fc.array(step, { maxLength: 40 }),
    async (options, steps) => {
      const herd = new FakeHerd(["x", "y", "z"]);
      const late: Change[][] = [[], [], []];
      let levels = 0;
      await using watching = new Watching(herd, {
        ...options,
        each({ type, position }, mirror) {
          if (type !== "level") return;
          levels++;
          mirror.equals(
            herd.states.get(`${position} ${options.isArea}`)!,
            `at the level ${position}`,
          );
        },
      });
      const hear = (index: number) => {
        for (const it of late[index]!.splice(0)) herd.servers[index]!.apply(it);
      };
      for (const it of steps) {
        if (it.kind === "change") {
          const news = change(it.id, it.lat);
          for (const [index, server] of herd.servers.entries()) {
            late[index]!.push(news);
            if (it.late.includes(index)) continue;
            if (server.isUp) hear(index);
          }
        } else if (it.kind === "turn") await new Promise((resolve) => setTimeout(resolve));
        else if (it.kind === "hear") hear(it.server);
        else herd.servers[it.server]![it.kind]();
      }
      for (const [index, server] of herd.servers.entries()) {
        server.revive();
        hear(index);
      }
      // A silent connection is noticed, whenever it comes to wait.
      const expected = herd.servers[0]!.clients(options.isArea);
      await watching.until(() => {
        if (herd.servers.every((it) => it.streams === 0)) watching.timers.fire(SILENCE_MS);
        return levels > 0 && watching.mirror.isEqual(expected);
      });
      const resets = watching.types.filter((it) => it === "reset").length;
      if (options.bridge) {
        assert(
          resets <= (options.since === undefined ? 0 : 1),
          `${resets} resets`,
        );
      }
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

/** The methods of timers, to be taken apart. */
function bound(timers: FakeTimers) {
  return {
    timer: timers.timer,
    pending: (ms: number) => timers.pending(ms),
    fire: (ms: number) => timers.fire(ms),
  };
}
