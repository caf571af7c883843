// Spans of OpenTelemetry around what waits for others. Deno itself makes those of `fetch` and of HTTP
// requests, and exports all of them (OTEL_DENO=true); never used for what is answered at once.

import { type Attributes, SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";

/**
 * Runs `work` within a span of this name, so that spans made in it are its children. The span ends
 * when the work has, also one that goes on in a promise.
 */
export type Trace = <T>(name: string, attributes: Attributes, work: () => T) => T;

/** Traces with this tracer. */
export function traceWith(tracer: Tracer): Trace {
  return (name, attributes, work) =>
    tracer.startActiveSpan(name, { kind: SpanKind.SERVER, attributes }, (span) => {
      const failed = (error: unknown): never => {
        span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
        span.end();
        throw error;
      };
      let result;
      try {
        result = work();
      } catch (error) {
        return failed(error);
      }
      if (!(result instanceof Promise)) {
        span.end();
        return result;
      }
      const ended = result.then((value) => {
        span.end();
        return value;
      }, failed);
      return ended as typeof result;
    });
}

/** True if spans of this tracer go anywhere: whether this process was started to be traced. */
export function isTracing(tracer: Tracer): boolean {
  return tracer.startSpan("probe").isRecording();
}
