// Every case, in the order in which they run.

import type { BenchCase } from "./bench_case.ts";
import { absence, starvation } from "./absence.ts";
import { bulk } from "./bulk.ts";
import { backbone } from "./backbone.ts";
import { backboneNews } from "./backbone_news.ts";
import { contests } from "./contests.ts";
import { catchUp, freshNews } from "./catchup.ts";
import { clients, servers } from "./growth.ts";
import { herd } from "./herd.ts";
import { http } from "./http.ts";
import { hops } from "./hops.ts";
import { durability, restart, store } from "./store.ts";
import { near } from "./near.ts";
import { threads } from "./threads.ts";
import { whatsat } from "./whatsat.ts";

/** All of them. */
export const cases: readonly BenchCase[] = [
  ...contests,
  whatsat,
  herd,
  hops,
  http,
  bulk,
  near,
  absence,
  starvation,
  freshNews,
  catchUp,
  clients,
  servers,
  durability,
  store,
  restart,
  threads,
  backbone,
  backboneNews,
];
