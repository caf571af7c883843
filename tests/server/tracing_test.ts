import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Span, Tracer } from "@opentelemetry/api";
import { traceWith } from "../../src/server/tracing.ts";

/** A tracer that notes what happens to its spans. */
function notingTracer(): { readonly tracer: Tracer; readonly notes: string[] } {
  const notes: string[] = [];
  const span = {
    end: () => notes.push("end"),
    setStatus: ({ message }: { message?: string }) => notes.push(`failed: ${message}`),
  } as unknown as Span;
  const tracer = {
    startActiveSpan(name: string, _options: object, work: (span: Span) => unknown) {
      notes.push(name);
      return work(span);
    },
  } as unknown as Tracer;
  return { tracer, notes };
}

Deno.test("traceWith() ends a span when the work has ended, at once or later", async () => {
  const { tracer, notes } = notingTracer();
  const trace = traceWith(tracer);
  assertEquals(trace("now", {}, () => 1), 1);
  assertEquals(notes, ["now", "end"]);
  const { promise, resolve } = Promise.withResolvers<number>();
  const result = trace("later", {}, () => promise);
  assertEquals(notes, ["now", "end", "later"]);
  resolve(2);
  assertEquals(await result, 2);
  assertEquals(notes, ["now", "end", "later", "end"]);
});

Deno.test("traceWith() marks a span whose work fails, and passes the failure on", async () => {
  const { tracer, notes } = notingTracer();
  const trace = traceWith(tracer);
  const fail = () => {
    throw new Error("no");
  };
  assertThrows(() => trace("now", {}, fail), Error, "no");
  await assertRejects(() => trace("later", {}, () => Promise.reject(new Error("nor"))));
  assertEquals(notes, ["now", "failed: Error: no", "end", "later", "failed: Error: nor", "end"]);
});
