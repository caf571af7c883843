// A collector of OpenTelemetry on this machine, as a value: takes OTLP as JSON over HTTP and keeps it.

/** A span, as far as tests look at it. */
export interface CollectedSpan {
  readonly scope: string;
  readonly name: string;
  readonly spanId: string;
  readonly traceId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A running collector. */
export interface OtelCollector extends AsyncDisposable {
  /** The environment of a process that exports here. */
  readonly env: Readonly<Record<string, string>>;
  /** Every span so far. */
  readonly spans: readonly CollectedSpan[];
  /** The last value of each series, such as `herd_requests_total{kind=iamat,outcome=newer}`. */
  readonly metrics: ReadonlyMap<string, number>;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface Point {
  readonly attributes: readonly Attribute[];
  readonly asInt?: string;
  readonly asDouble?: number;
}
interface Exported {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly (Omit<CollectedSpan, "scope" | "attributes"> & {
        readonly attributes: readonly Attribute[];
      })[];
    }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly gauge?: { readonly dataPoints: readonly Point[] };
        readonly sum?: { readonly dataPoints: readonly Point[] };
      }[];
    }[];
  }[];
}

/** Starts a collector. */
export function startOtelCollector(): OtelCollector {
  const spans: CollectedSpan[] = [];
  const metrics = new Map<string, number>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const exported: Exported = await request.json();
      spans.push(...spansOf(exported));
      for (const [series, value] of samplesOf(exported)) metrics.set(series, value);
      return Response.json({});
    },
  );
  return {
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      OTEL_BSP_SCHEDULE_DELAY: "100",
    },
    spans,
    metrics,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function* spansOf({ resourceSpans = [] }: Exported): Generator<CollectedSpan> {
  for (const { scopeSpans } of resourceSpans) {
    for (const { scope, spans } of scopeSpans) {
      for (const span of spans) {
        yield { ...span, scope: scope.name, attributes: valuesOf(span.attributes) };
      }
    }
  }
}

function* samplesOf({ resourceMetrics = [] }: Exported): Generator<[series: string, number]> {
  for (const { scopeMetrics } of resourceMetrics) {
    for (const { name, gauge, sum } of scopeMetrics.flatMap((it) => it.metrics)) {
      for (const { attributes, asInt, asDouble } of (gauge ?? sum)?.dataPoints ?? []) {
        const labels = Object.entries(valuesOf(attributes)).map(([key, it]) => `${key}=${it}`);
        const series = labels.length === 0 ? name : `${name}{${labels.sort().join(",")}}`;
        yield [series, Number(asInt ?? asDouble)];
      }
    }
  }
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
