// The contests of one server with what people would write or use in its place.

import type { BenchCase } from "./bench_case.ts";
import { contestCase, type Rival } from "../contenders/contest.ts";

const EVERYBODY: readonly Rival[] = ["cEcho", "cLines", "denoEcho", "asyncio", "redis"];

/** IAMAT and invalid lines, one at a time and pipelined. */
export const contests: readonly BenchCase[] = [
  contestCase({
    name: "single",
    title: "IAMAT one at a time over 1 connection",
    shape: { connections: 1, depth: 1, kind: "iamat" },
    rivals: EVERYBODY,
  }),
  contestCase({
    name: "many",
    title: "IAMAT one at a time over 50 connections",
    shape: { connections: 50, depth: 1, kind: "iamat" },
    rivals: EVERYBODY,
    goals: { cLines: 0.6, denoEcho: 0.85, asyncio: 2, redis: 1 },
  }),
  contestCase({
    name: "crowd",
    title: "IAMAT one at a time over 1,000 connections",
    shape: { connections: 1000, depth: 1, kind: "iamat" },
    rivals: EVERYBODY,
  }),
  contestCase({
    name: "pipelined",
    title: "IAMAT pipelined 100 deep over 10 connections",
    shape: { connections: 10, depth: 100, kind: "iamat" },
    rivals: EVERYBODY,
    goals: { cLines: 0.5, asyncio: 10, redis: 1 },
  }),
  contestCase({
    name: "invalid",
    title: "Invalid lines pipelined 100 deep over 10 connections",
    shape: { connections: 10, depth: 100, kind: "invalid" },
    rivals: ["asyncio"],
  }),
];
