// Ids of clients: bytes, percent-encoded (RFC 3986), so that any of them fits into JSON and URLs.

/** Letters, digits and `-._~` stand for themselves. */
const UNRESERVED = /[A-Za-z0-9._~-]/;

/** Segments of a path that URLs do not keep (RFC 3986, section 5.2.4). */
const DOTS = /^(\.|%2[Ee]){1,2}$/;

const ENCODED = /%[0-9A-Fa-f]{2}/g;
const PERCENT_ALONE = /%(?![0-9A-Fa-f]{2})/;

const encoder = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The id that a text makes: its UTF-8 bytes, percent-encoded in the one form that servers answer with.
 *
 * @example
 * ```ts
 * idOf("kiwi.cs.ucla.edu"); // "kiwi.cs.ucla.edu"
 * idOf("fleet/7"); // "fleet%2F7"
 * ```
 */
export function idOf(text: string): string {
  let id = "";
  for (const byte of encoder.encode(text)) {
    const character = String.fromCharCode(byte);
    if (UNRESERVED.test(character)) id += character;
    else id += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return id;
}

/**
 * The text of an id; undefined if its bytes are not UTF-8.
 *
 * @example
 * ```ts
 * textOf("fleet%2F7"); // "fleet/7"
 * textOf("%FF"); // undefined
 * ```
 */
export function textOf(id: string): string | undefined {
  const source = canonicalId(id);
  if (PERCENT_ALONE.test(source)) return undefined;
  const bytes = source.replace(
    ENCODED,
    (it) => String.fromCharCode(Number.parseInt(it.slice(1), 16)),
  );
  try {
    return strictUtf8.decode(Uint8Array.from(bytes, (it) => it.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/** An id with all encoded that has to be; `%` begins what is encoded already. */
export function canonicalId(id: string): string {
  return id.split("%").map(idOf).join("%");
}

/** The path of a client in the API, with what comes behind it, such as `/location`. */
export function clientPath(id: string, behind = ""): string {
  const segment = canonicalId(id);
  // An empty segment would be another path.
  if (segment !== "" && !DOTS.test(segment)) return `/v1/clients/${segment}${behind}`;
  return `/v1/clients/-${behind}?id=${segment}`;
}
