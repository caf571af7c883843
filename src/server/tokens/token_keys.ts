// Tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256, which every server of the herd can judge
// alone. There is no list of users and none of revoked tokens: a token is good until it expires, or until
// the key that signed it is no longer accepted.

import { createHash, createHmac, randomBytes } from "node:crypto";
import type { JWTPayload } from "jose";
import { decode, encode } from "../../base/bytes.ts";
import { type Clock, wallSeconds } from "../../base/clock.ts";
import { Grant, parseScopes, parseSubject, type Scope, WILDCARD } from "./grant.ts";

/** The shortest key, in bytes: as long as the hash's output (RFC 7518, section 3.2). */
export const MIN_TOKEN_KEY_BYTES = 32;

/** The longest token that is looked at, in characters. */
export const MAX_TOKEN_CHARACTERS = 2_048;

/** The only way of signing, so that no token can choose another one. */
const ALGORITHM = "HS256";

/** Most seconds that the clock of whoever made a token may be ahead of this one. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Lifetime of a server's own token for asking other servers, and when it is renewed, in seconds. */
export const STATUS_TOKEN_SECONDS = 300;
const STATUS_TOKEN_RENEW_SECONDS = 150;

/** Tokens whose signature was found good, which are known again without looking at it. */
const MAX_KNOWN = 4_096;

/** The form of a token's own id, which goes into logs. */
const TOKEN_ID = /^[\w.~-]{1,64}$/;

/** Three parts in base64url. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** The keys of a herd. */
export interface TokenKeysOptions {
  /** Of scoped tokens: the first one signs, all are accepted. */
  readonly keys: readonly Uint8Array[];
  /**
   * Secrets that all servers of the herd have, the best one first. Keys for `status` tokens are derived
   * of them, and of `keys` before them.
   */
  readonly shared?: readonly Uint8Array[] | undefined;
  readonly clock: Clock;
}

/** Claims of a new token. */
export interface TokenOptions {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly seconds: number;
}

interface Known {
  readonly grant: Grant;
  readonly notBefore: number;
}

/** Makes and judges tokens. */
export class TokenKeys {
  readonly #keys: readonly Uint8Array[];
  readonly #statusKeys: readonly Uint8Array[];
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  #status: { readonly token: Promise<string>; readonly renewAt: number } | undefined;

  /** Throws a `RangeError` when a key is shorter than 32 bytes. */
  constructor({ keys, shared = [], clock }: TokenKeysOptions) {
    for (const { length } of keys) {
      if (length >= MIN_TOKEN_KEY_BYTES) continue;
      throw new RangeError(
        `Cannot use the key of tokens: it is ${length} bytes, at least ${MIN_TOKEN_KEY_BYTES} are needed`,
      );
    }
    this.#keys = keys;
    this.#statusKeys = [...keys, ...shared].map(statusKey);
    this.#clock = clock;
  }

  /** True if there is a key for scoped tokens. */
  get hasKey(): boolean {
    return this.#keys.length > 0;
  }

  /**
   * Rights that a token gives now; undefined if it is none, was signed with another key, has expired, or is not
   * good yet. At once for a token that is known, else with a promise. Never rejects.
   */
  verify(token: string): Grant | undefined | Promise<Grant | undefined> {
    if (token.length > MAX_TOKEN_CHARACTERS || !COMPACT.test(token)) return undefined;
    const known = this.#known.get(digestOf(token));
    return known === undefined ? this.#verify(token) : this.#ifGood(known);
  }

  /** True if a grant has not expired. */
  isGood({ expires }: Grant): boolean {
    return expires === Infinity || wallSeconds(this.#clock) < expires;
  }

  /** Which of the keys, from 0, signed a token, whether or not it is good now; -1 for none. */
  async signerOf(token: string): Promise<number> {
    for (const [index, key] of this.#keys.entries()) {
      if (await payloadOf(token, key) !== undefined) return index;
    }
    return -1;
  }

  /** Makes a token, signed with the first key, which there has to be. */
  sign({ subject, scopes, seconds }: TokenOptions): Promise<string> {
    return this.#sign(this.#keys[0]!, { sub: subject, scope: scopes.join(" ") }, seconds);
  }

  /**
   * The token with which this server asks others how they are: good for minutes, and for that alone. It
   * is worth little to whoever listens in another server's place. Undefined where nothing is shared.
   */
  statusToken(): Promise<string | undefined> {
    const key = this.#statusKeys[0];
    if (key === undefined) return Promise.resolve(undefined);
    const now = wallSeconds(this.#clock);
    if (this.#status === undefined || now >= this.#status.renewAt) {
      const claims = { sub: WILDCARD, scope: "status" };
      const token = this.#sign(key, claims, STATUS_TOKEN_SECONDS);
      this.#status = { token, renewAt: now + STATUS_TOKEN_RENEW_SECONDS };
    }
    return this.#status.token;
  }

  async #sign(key: Uint8Array, claims: JWTPayload, seconds: number): Promise<string> {
    const { SignJWT } = await import("jose");
    const now = Math.floor(wallSeconds(this.#clock));
    return await new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
      .setJti(randomBytes(12).toString("base64url"))
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(key);
  }

  async #verify(token: string): Promise<Grant | undefined> {
    const known = await this.#read(token, this.#keys) ??
      await this.#read(token, this.#statusKeys, ["status"]);
    if (known === undefined) return undefined;
    if (this.#known.size >= MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(digestOf(token), known);
    return this.#ifGood(known);
  }

  /** Reads a token that one of these keys signed, for no more than `most`. */
  async #read(
    token: string,
    keys: readonly Uint8Array[],
    most?: readonly Scope[],
  ): Promise<Known | undefined> {
    for (const key of keys) {
      const payload = await payloadOf(token, key);
      if (payload !== undefined) return read(payload, most);
    }
    return undefined;
  }

  #ifGood({ grant, notBefore }: Known): Grant | undefined {
    const now = wallSeconds(this.#clock);
    return now < grant.expires && now + CLOCK_TOLERANCE_SECONDS >= notBefore ? grant : undefined;
  }
}

/** The claims of a token that this key signed; undefined if it did not, or if there are no claims. */
async function payloadOf(token: string, key: Uint8Array): Promise<JWTPayload | undefined> {
  const { jwtVerify } = await import("jose");
  try {
    // Times are judged at each use of a token, not here.
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      currentDate: new Date(0),
      requiredClaims: ["sub", "exp", "scope"],
      clockTolerance: Number.MAX_SAFE_INTEGER,
    });
    return payload;
  } catch {
    return undefined;
  }
}

/** Claims of a token, whoever made it; undefined if it is none. */
export function unverifiedClaims(token: string): JWTPayload | undefined {
  if (token.length > MAX_TOKEN_CHARACTERS || !COMPACT.test(token)) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(token.split(".")[1]!, { alphabet: "base64url" });
    const claims: unknown = JSON.parse(decode(bytes));
    return typeof claims === "object" && claims !== null ? claims as JWTPayload : undefined;
  } catch {
    return undefined;
  }
}

function read({ sub, exp, nbf = 0, scope, jti }: JWTPayload, most?: readonly Scope[]) {
  const clients = typeof sub === "string" ? parseSubject(sub) : undefined;
  if (clients === undefined || !Number.isFinite(exp) || typeof scope !== "string") return undefined;
  if (jti !== undefined && !TOKEN_ID.test(String(jti))) return undefined;
  const scopes = parseScopes(scope).filter((it) => most?.includes(it) ?? true);
  const grant = new Grant({ subject: sub!, clients, scopes, expires: exp!, tokenId: jti });
  return { grant, notBefore: nbf };
}

/** A token is known again by its digest: it is kept nowhere, and comparing tells nothing of it. */
function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}

/** The key for `status` tokens that comes of a secret, and tells nothing of it. */
function statusKey(secret: Uint8Array): Uint8Array {
  return createHmac("sha256", secret).update(encode("herd status token 1")).digest();
}
