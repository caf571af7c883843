// What can happen to a simulated herd while it works. A new kind of event is one more entry here.

import type { SimulatedHerd } from "./herd.ts";
import type { SimulatedServer } from "./server.ts";
import { tellBurst } from "./traffic.ts";

/** The longest that a server is away, and that a way is closed. */
const MAX_AWAY_MS = 600;
/** The longest that a server is paused: others take it for dead before. */
const MAX_PAUSE_MS = 1_200;
const MAX_DISK_TROUBLE_MS = 300;
/** Steps of a process within which it dies when it dies of what it does. */
const MAX_FUSE = 8;
/** How many servers come back with an empty disk, with a backup, or not at all. */
const LOST_DISK_SHARE = 0.08;
const BACKUP_SHARE = 0.08;
const GONE_SHARE = 0.03;
const DAY_MS = 86_400_000;

/** Something that happens to a herd, and how often in comparison with the others. */
interface Disturbance {
  readonly weight: number;
  happen(herd: SimulatedHerd): void;
}

const disturbances: Readonly<Record<string, Disturbance>> = {
  kill: {
    weight: 4,
    happen(herd) {
      const server = herd.pickServer();
      server.kill();
      comeBack(server);
    },
  },
  powerLoss: {
    weight: 2,
    happen(herd) {
      const server = herd.pickServer();
      server.kill("power");
      comeBack(server);
    },
  },
  // It dies within few steps of its process: right after a batch, a commit, or a timer.
  deathAtWork: {
    weight: 5,
    happen(herd) {
      const server = herd.pickServer();
      tellBurst(herd, server);
      const { life } = server;
      if (life === undefined) return;
      life.fuse = 1 + herd.world.below(MAX_FUSE);
      comeBack(server);
    },
  },
  stop: {
    weight: 4,
    happen(herd) {
      const server = herd.pickServer();
      server.stop();
      comeBack(server);
    },
  },
  pause: {
    weight: 3,
    happen(herd) {
      const { life, name } = herd.pickServer();
      if (life === undefined) return;
      herd.trace?.add(name, "is paused");
      life.pause();
      herd.world.after(herd.world.random() * MAX_PAUSE_MS, () => {
        if (life.isAlive) herd.trace?.add(name, "goes on");
        life.resume();
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
      const untilMs = world.nowMs + world.random() * MAX_AWAY_MS;
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
    weight: 1,
    happen(herd) {
      const server = herd.pickServer();
      server.clockOffsetMs = herd.world.pick([0, 0, 700, -2_500, 2 * DAY_MS, -3 * DAY_MS]);
      herd.trace?.add(server.name, "has its clock set", `off by ${server.clockOffsetMs} ms`);
    },
  },
};

const lots = Object.values(disturbances).flatMap((it) =>
  Array.from({ length: it.weight }, () => it)
);

/** Lets one of them happen. */
export function disturb(herd: SimulatedHerd): void {
  herd.world.pick(lots).happen(herd);
}

/** Lets a server that is down, or soon will be, start again: mostly with the disk that it had. */
function comeBack(server: SimulatedServer): void {
  const { herd } = server;
  herd.world.after(herd.world.random() * MAX_AWAY_MS, () => {
    const { life } = server;
    if (life?.isListening) return;
    if (life !== undefined) return comeBack(server);
    const chance = herd.world.random();
    if (herd.isAtPeace) return server.start();
    if (chance < LOST_DISK_SHARE) server.loseDisk();
    else if (chance < LOST_DISK_SHARE + BACKUP_SHARE) server.restoreBackup();
    else if (chance < LOST_DISK_SHARE + BACKUP_SHARE + GONE_SHARE) return server.leave();
    server.start();
  });
}
