// One HTTP exchange with an upstream: sent once, read up to a limit, parsed as JSON. What goes wrong
// is a value from a short list, never an error or a text: those of `fetch` hold the URL, and a URL
// can hold a key. What the answer means is for attempt.ts.

import { isBounded } from "./ranges.ts";

/** Reasons for an exchange without an answer. */
export type Fault =
  /** No connection, or it ended before the answer began. */
  | "unreachable"
  /** This process may not connect there. */
  | "not permitted"
  /** The answer ended early. */
  | "broken off"
  /** The answer is larger than we take. */
  | "too large"
  /** The answer claims success and is not JSON in UTF-8, or none that can be passed on. */
  | "not JSON";

/** Result of an exchange. */
export type Exchange =
  | {
    readonly kind: "answer";
    /** The HTTP status. */
    readonly status: number;
    /** Pause that the upstream asks for, if it does; see RFC 9110, section 10.2.3. */
    readonly retryAfterMs: number | undefined;
    /** The parsed body; undefined if the status is none of success and the body is not JSON. */
    readonly body: unknown;
  }
  | { readonly kind: "fault"; readonly fault: Fault };

/** A request, as `fetch` takes it. */
export interface UpstreamRequest {
  /** Target; may hold a key, so it is shown to nobody. */
  readonly url: URL;
  /** Method, headers and body. */
  readonly init: RequestInit;
}

/**
 * Sends the request and reads the answer, of which `maxBytes` at most are taken. Redirects are not
 * followed: they would take the key along. Never rejects; when `signal` ends it, the fault is
 * whatever it looks like from here.
 */
export async function exchange(
  fetcher: typeof fetch,
  { url, init }: UpstreamRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Exchange> {
  let response: Response;
  try {
    response = await fetcher(url, { ...init, redirect: "manual", signal });
  } catch (error) {
    const isDenied = error instanceof Error && error.name === "NotCapable";
    return { kind: "fault", fault: isDenied ? "not permitted" : "unreachable" };
  }
  const bytes = await read(response, maxBytes);
  if (typeof bytes === "string") return { kind: "fault", fault: bytes };
  const body = await parse(bytes);
  if (body === undefined && response.ok) return { kind: "fault", fault: "not JSON" };
  return {
    kind: "answer",
    status: response.status,
    retryAfterMs: retryAfterMs(response.headers),
    body,
  };
}

async function read(response: Response, maxBytes: number): Promise<Blob | Fault> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > maxBytes) return "too large";
      chunks.push(chunk);
    }
  } catch {
    return "broken off";
  }
  return new Blob(chunks);
}

/**
 * The JSON value; undefined, which is none, if the bytes are no JSON, not UTF-8, too deeply nested, or
 * have a number that is none.
 */
async function parse(body: Blob): Promise<unknown> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await body.arrayBuffer());
    const value = JSON.parse(text);
    return isBounded(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * `Retry-After` in milliseconds, from seconds or from a date. A date is compared with the answer's
 * own `Date`, so that it does not matter how our clock is set.
 */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const ms = Date.parse(value) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
