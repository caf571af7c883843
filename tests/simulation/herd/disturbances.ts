// What can happen to a simulated herd while it works. A new kind of event is one more entry here.

import type { SimulatedHerd } from "./herd.ts";
import { tellBurst } from "./traffic.ts";
import type { World } from "../world/world.ts";

/** The longest that a herd is apart. */
const MAX_APART_MS = 600;
/** The longest that a server is paused: others take it for dead before. */
const MAX_PAUSE_MS = 1_200;
const MAX_DISK_TROUBLE_MS = 300;
/** The longest that a server is ahead of its disk before it dies: time for followers to come back. */
const MAX_BEHIND_MS = 1_000;
/** In so many delays a handshake is through, and much of a backlog. */
const MAX_CATCH_UP_DELAYS = 8;
/** The longest until a neighbour has lost what was sent: time for a transaction. */
const MAX_TO_LOSS_MS = 200;
/** Steps of a process within which it dies when it dies of what it does. */
const MAX_FUSE = 8;
const MAX_BETWEEN_BURSTS_MS = 60;
const DAY_MS = 86_400_000;

/** Something that happens to a herd, and how often in comparison with the others. */
export interface Disturbance {
  readonly weight: number;
  happen(herd: SimulatedHerd): void;
}

const disturbances: Readonly<Record<string, Disturbance>> = {
  kill: {
    weight: 4,
    happen: (herd) => herd.pickServer().kill(),
  },
  powerLoss: {
    weight: 2,
    happen: (herd) => herd.pickServer().kill("power"),
  },
  // It gets more to do while its followers are still at what came before, and dies of it: within
  // few steps of its process, so often right after a batch, a commit, or a timer.
  deathAtWork: {
    weight: 5,
    happen(herd) {
      const { world } = herd;
      const server = herd.pickServer();
      tellBurst(herd, server);
      const soon = () => world.random() * MAX_BETWEEN_BURSTS_MS;
      const again = () => {
        tellBurst(herd, server);
        world.after(soon(), () => {
          if (server.incarnation !== undefined) server.incarnation.fuse = 1 + world.below(MAX_FUSE);
        });
      };
      world.after(soon(), again);
    },
  },
  // Its followers come back to it after a time apart, and it gets more to do and dies while they
  // catch up.
  deathWhileCaughtUp: {
    weight: 4,
    happen(herd) {
      const { world, setup } = herd;
      const server = herd.pickServer();
      herd.trace?.add(server.name, "is cut off");
      const untilMs = world.nowMs + world.random() * MAX_APART_MS;
      for (const way of herd.waysOf(server.name)) {
        way.blockedUntilMs = untilMs;
        for (const wire of way.wires) wire.cut();
      }
      tellBurst(herd, server);
      server.onAccept = () => {
        server.onAccept = undefined;
        world.after(world.random() * 3 * setup.maxDelayMs, () => {
          tellBurst(herd, server);
          world.after(world.random() * 3 * setup.maxDelayMs, () => {
            if (server.incarnation !== undefined) {
              server.incarnation.fuse = 1 + world.below(MAX_FUSE);
            }
          });
        });
      };
    },
  },
  // Its disk takes nothing while records move, and followers are cut off, or lose what they had, and
  // come back: so what it saved of them is not what they have when it dies.
  deathBehindItsDisk: {
    weight: 4,
    happen(herd) {
      const { world } = herd;
      const server = herd.pickServer();
      const { disk } = server;
      if (disk === undefined) return;
      const dieMs = world.random() * MAX_BEHIND_MS;
      disk.failsUntilMs = world.nowMs + dieMs + 1;
      herd.trace?.add(server.name, "has disk trouble until it dies", `in ${dieMs.toFixed(1)} ms`);
      for (const { wires, edge } of herd.waysOf(server.name)) {
        for (const wire of wires) if (world.happens(0.5)) wire.cut();
        const other = edge[0] === server.name ? edge[1] : edge[0];
        if (world.happens(0.5)) herd.servers.get(other)!.kill("power");
      }
      for (let i = 0; i < 3; i++) {
        world.after(world.random() * dieMs, () => tellBurst(herd, server));
      }
      world.after(dieMs, () => server.kill());
    },
  },
  // Its only neighbour that is there does not get what it sends, or loses what it has acknowledged, and
  // comes back; records move on meanwhile, which its disk does not take, and it dies while it catches
  // that neighbour up.
  deathBesideANeighbour: {
    weight: 4,
    happen(herd) {
      const { world, setup } = herd;
      const server = herd.pickServer();
      const { disk } = server;
      const ways = herd.waysOf(server.name);
      if (disk === undefined || ways.length === 0) return;
      const way = world.pick(ways);
      for (const it of ways) {
        if (it === way) continue;
        it.blockedUntilMs = world.nowMs + MAX_BEHIND_MS;
        for (const wire of it.wires) wire.cut();
      }
      const { wires, edge } = way;
      const other = herd.servers.get(edge[0] === server.name ? edge[1] : edge[0])!;
      const losesAll = world.happens(0.5);
      const lossMs = world.random() * MAX_TO_LOSS_MS;
      herd.trace?.add(server.name, `is to die beside ${other.name}`);
      if (!losesAll) { for (const wire of wires) wire.fallSilent(); }
      else if (other.disk !== undefined) other.disk.failsUntilMs = world.nowMs + lossMs;
      tellBurst(herd, server);
      world.after(lossMs, () => {
        disk.failsUntilMs = world.nowMs + MAX_BEHIND_MS;
        if (losesAll) other.kill("power");
        else for (const wire of wires) wire.cut();
        tellBurst(herd, server);
        server.onAccept = () => {
          server.onAccept = undefined;
          world.after(world.random() * MAX_CATCH_UP_DELAYS * setup.maxDelayMs, () => {
            if (server.incarnation !== undefined) {
              server.incarnation.fuse = 1 + world.below(MAX_FUSE);
            }
          });
        };
      });
    },
  },
  stop: {
    weight: 4,
    happen: (herd) => herd.pickServer().stop(),
  },
  pause: {
    weight: 3,
    happen(herd) {
      const { incarnation, name } = herd.pickServer();
      if (incarnation === undefined) return;
      herd.trace?.add(name, "is paused");
      incarnation.pause();
      herd.world.after(herd.world.random() * MAX_PAUSE_MS, () => {
        if (incarnation.isAlive) herd.trace?.add(name, "goes on");
        incarnation.resume();
      });
    },
  },
  cut: {
    weight: 4,
    happen(herd) {
      const { name } = herd.pickServer();
      herd.trace?.add(name, "has wires cut");
      for (const { wires } of herd.waysOf(name)) {
        for (const wire of wires) if (herd.world.happens(0.5)) wire.cut();
      }
    },
  },
  silence: {
    weight: 3,
    happen(herd) {
      const { name } = herd.pickServer();
      herd.trace?.add(name, "has silent wires");
      for (const { wires } of herd.waysOf(name)) {
        for (const wire of wires) if (herd.world.happens(0.5)) wire.fallSilent();
      }
    },
  },
  partition: {
    weight: 3,
    happen(herd) {
      const { world, setup } = herd;
      const apart = new Set(setup.names.filter(() => world.happens(0.5)));
      const untilMs = world.nowMs + world.random() * MAX_APART_MS;
      for (const way of herd.ways) {
        const [one, other] = way.edge;
        if (apart.has(one) !== apart.has(other)) way.blockedUntilMs = untilMs;
      }
      herd.trace?.add("", "partition", `${[...apart].join(" ")} until ${untilMs.toFixed(1)}`);
    },
  },
  diskTrouble: {
    weight: 2,
    happen(herd) {
      const { disk, name } = herd.pickServer();
      if (disk === undefined) return;
      disk.failsUntilMs = herd.world.nowMs + herd.world.random() * MAX_DISK_TROUBLE_MS;
      herd.trace?.add(name, "has disk trouble", `until ${disk.failsUntilMs.toFixed(1)}`);
    },
  },
  diskReplaced: {
    weight: 1,
    happen: (herd) => herd.pickServer().loseDisk(),
  },
  clockSet: {
    weight: 2,
    happen(herd) {
      const server = herd.pickServer();
      // Where records expire, most clocks have to be right: two that are ahead confirm each other.
      const { retainSeconds } = herd.setup;
      if (retainSeconds !== undefined) {
        for (const it of herd.servers.values()) it.clockOffsetMs = 0;
      }
      server.clockOffsetMs = herd.world.pick([0, 0, 700, -2_500, 2 * DAY_MS, -3 * DAY_MS]);
      herd.trace?.add(server.name, "has its clock set", `off by ${server.clockOffsetMs} ms`);
    },
  },
};

/**
 * Draws what is going to happen in one trial: some of the kinds and not others, since what one kind
 * would show another one often hides ("swarm testing").
 */
export function drawDisturbances(world: World): Disturbance[] {
  const all = Object.values(disturbances);
  const some = all.filter(() => world.happens(0.5));
  return (some.length > 0 ? some : all)
    .flatMap((it) => Array.from({ length: it.weight }, () => it));
}
