// The protocol once more, as plainly as it can be written: strings, regular expressions, BigInt. The
// byte path must agree with it. Bytes are handled as Latin-1 text, one character a byte.

/** Bytes to text, one character a byte. */
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Text to bytes, one byte a character. */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** What a request line means. */
export type ReferenceRequest =
  | { kind: "iamat"; client: string; location: string; time: string; nanos: bigint }
  | { kind: "whatsat"; client: string; radius: string; bound: number }
  | { kind: "invalid" };

const DEGREES = /^([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)$/;

/** Parses a request line. */
export function referenceParse(line: string): ReferenceRequest {
  const fields = line.split(/[ \t\r\n\f\v]+/).filter((it) => it !== "");
  const [word, client, third, fourth] = fields;
  const invalid = { kind: "invalid" } as const;
  if (fields.length !== 4) return invalid;
  if (word === "IAMAT") {
    if (!isLocation(third!) || !/^\d{1,12}(\.\d+)?$/.test(fourth!)) return invalid;
    return {
      kind: "iamat",
      client: client!,
      location: third!,
      time: fourth!,
      nanos: toNanos(fourth!),
    };
  }
  if (word === "WHATSAT") {
    if (!/^\d+(\.\d+)?$/.test(third!) || isOver(third!, 50)) return invalid;
    if (!/^\d+$/.test(fourth!) || BigInt(fourth!) > 20n) return invalid;
    return { kind: "whatsat", client: client!, radius: third!, bound: Number(fourth) };
  }
  return invalid;
}

/** True if a text is a location. */
export function isLocation(text: string): boolean {
  const parts = DEGREES.exec(text);
  return parts !== null && !isOver(parts[1]!.slice(1), 90) && !isOver(parts[2]!.slice(1), 180);
}

/** True if an unsigned decimal is over a whole number, exactly. */
function isOver(decimal: string, limit: number): boolean {
  const [whole, fraction = ""] = decimal.split(".");
  return BigInt(whole!) > BigInt(limit) ||
    (BigInt(whole!) === BigInt(limit) && /[1-9]/.test(fraction));
}

/** POSIX seconds as whole nanoseconds; further digits are cut. */
export function toNanos(time: string): bigint {
  const [whole, fraction = ""] = time.split(".");
  return BigInt(whole!) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

/** A difference of nanoseconds as a skew. */
export function formatSkew(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const fraction = String(size % 1_000_000_000n).padStart(9, "0");
  return `${nanos < 0n ? "-" : "+"}${size / 1_000_000_000n}.${fraction}`;
}

/** A skew as nanoseconds. */
export function skewNanos(skew: string): bigint {
  const size = toNanos(skew.slice(1));
  return skew.startsWith("-") ? -size : size;
}

/** The order of two bodies (`<origin> <skew> <client> <location> <time>`): -1, 0 or 1. */
export function referenceCompare(a: string, b: string): number {
  const x = keys(a), y = keys(b);
  for (let i = 0; i < x.length; i++) {
    if (x[i]! < y[i]!) return -1;
    if (x[i]! > y[i]!) return 1;
  }
  return 0;
}

function keys(body: string): (bigint | string)[] {
  const [origin, skewText, , location, time] = body.split(" ");
  const nanos = toNanos(time!);
  const skew = skewNanos(skewText!);
  const limit = nanos + skew + 5_000_000_000n;
  const removal = location === "-" ? 1n : 0n;
  return [nanos < limit ? nanos : limit, removal, nanos, origin!, location!, skew, time!];
}
