// Every case, in the order in which they run.

import type { BenchCase } from "./bench_case.ts";
import { absence, starvation } from "./cases/absence.ts";
import { backbone } from "./cases/backbone.ts";
import { contests } from "./cases/contests.ts";
import { clients, servers } from "./cases/growth.ts";
import { herd } from "./cases/herd.ts";
import { hops } from "./cases/hops.ts";
import { durability, restart, store } from "./cases/store.ts";
import { threads } from "./cases/threads.ts";
import { whatsat } from "./cases/whatsat.ts";

/** All of them. */
export const cases: readonly BenchCase[] = [
  ...contests,
  whatsat,
  herd,
  hops,
  absence,
  starvation,
  clients,
  servers,
  durability,
  store,
  restart,
  threads,
  backbone,
];
