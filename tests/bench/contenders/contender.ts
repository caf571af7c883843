// A server that is measured, and what is measured of it.

import type { Histogram } from "../figures/latency.ts";
import type { LoadKind } from "../generator/generator.ts";

/** How a contender is loaded. */
export interface Shape {
  readonly connections: number;
  readonly depth: number;
  readonly seconds: number;
  readonly kind: LoadKind;
  /** What is asked of WHATSAT or near, as the generator takes it. */
  readonly tail?: string;
  /** Requests a second; as many as possible when left out. */
  readonly rate?: number;
}

/** What one round of one contender gives. */
export interface Measurement {
  readonly perSecond: number;
  /** Processor time of the server for each request, in microseconds. */
  readonly cpuMicros: number;
  /** Share of one core that server and generator used while it was measured. */
  readonly serverShare: number;
  readonly generatorShare: number;
  readonly latency: Histogram | undefined;
}

/** A server that is measured. */
export interface Contender extends AsyncDisposable {
  readonly label: string;
  measure(shape: Shape): Promise<Measurement>;
}
