// Tracing of a server's process, for those who started it with OTEL_DENO=true.

import { trace } from "@opentelemetry/api";
import project from "../../../deno.json" with { type: "json" };
import { ConfigError } from "../../base/errors.ts";
import { isTracing, type Trace, traceWith } from "../../server/tracing.ts";

/**
 * The way to trace; undefined when nobody asked for it.
 *
 * @param places The source of places.
 * @throws {ConfigError} If traces would show Google's key: `google-legacy` has it in its URLs, and
 * Deno's own spans of `fetch` have the URLs.
 */
export function processTrace(places: string): Trace | undefined {
  const tracer = trace.getTracer("herd", project.version);
  if (!isTracing(tracer)) return undefined;
  if (places === "google-legacy") {
    throw new ConfigError(
      "Cannot trace with places from 'google-legacy': traces would show its key. " +
        "Leave OTEL_DENO out, or take 'google'",
    );
  }
  return traceWith(tracer);
}
