// Authentication of links: HMAC-SHA-256 (RFC 2104) under the herd's secret over the handshake, and
// under a session key over the stream. Synchronous, so that a simulation stays deterministic.

import { createHmac, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { encode } from "../base/bytes.ts";
import type { SipKey } from "./backlog/sip_hash.ts";

/** Shortest secret, in bytes: as long as the hash's output. */
export const MIN_SECRET_BYTES = 32;

/** Stands in place of a MAC in a herd without a secret. */
export const NO_MAC = "-";

/** Which of a link's two ends made a MAC; part of what it covers, against reflection. */
export type Role = "leader" | "follower";

/** Of these MACs. The version of what is said is in the first line, which every transcript has. */
const VERSION = "herd-link/1";

/**
 * The secrets of a herd: none (only on loopback), or the one to sign with and further ones that
 * are accepted too, so that a secret can be changed while the herd runs.
 */
export class Secrets {
  readonly #secrets: readonly Uint8Array[];

  /** Throws a `RangeError` when a secret is shorter than 32 bytes. */
  constructor(secrets: readonly Uint8Array[]) {
    for (const secret of secrets) {
      if (secret.length < MIN_SECRET_BYTES) {
        throw new RangeError(
          `Cannot use the herd's secret: it is ${secret.length} bytes, at least ${MIN_SECRET_BYTES} are needed`,
        );
      }
    }
    this.#secrets = secrets;
  }

  /** Keys for another purpose, one of each secret, that tell nothing of the secrets. */
  derived(purpose: string): Uint8Array[] {
    return this.#secrets.map((secret) =>
      createHmac("sha256", secret).update(`${VERSION} ${purpose}`).digest()
    );
  }

  /** True if links are authenticated at all. */
  get isNone(): boolean {
    return this.#secrets.length === 0;
  }

  /** The MAC of a handshake so far, under the first secret. */
  sign(role: Role, transcript: string): string {
    const secret = this.#secrets[0];
    return secret === undefined ? NO_MAC : handshakeMac(secret, role, transcript);
  }

  /** The secret under which `mac` is right: its number, or -1. */
  verify(role: Role, transcript: string, mac: string): number {
    if (this.isNone) return mac === NO_MAC ? 0 : -1;
    return this.#secrets.findIndex((secret) =>
      equalTexts(handshakeMac(secret, role, transcript), mac)
    );
  }

  /** The authenticators of both streams after a handshake that was signed with secret `index`. */
  streams(index: number, transcript: string): LinkKeys {
    const secret = this.#secrets[index];
    const session = `${VERSION} session\n${transcript}`;
    const key = secret && createHmac("sha256", secret).update(session).digest();
    // Without a secret it is the nonces of both ends that nobody could know before.
    const sums = createHmac("sha256", key ?? NO_MAC).update(`${session}sums`).digest();
    return {
      leader: new StreamMac("leader", key),
      follower: new StreamMac("follower", key),
      sums: [sums.readInt32LE(0), sums.readInt32LE(4)],
    };
  }
}

/** The authenticators of a link's two streams, and the key of the sums that are sent on it. */
export type LinkKeys = Readonly<Record<Role, StreamMac>> & { readonly sums: SipKey };

/** MACs of one direction of a stream, each over all bytes since the one before. */
export class StreamMac {
  readonly #role: Role;
  readonly #key: Uint8Array | undefined;
  #counter = 0;

  /** `role` is the end that makes them; without a key each is `-`. */
  constructor(role: Role, key: Uint8Array | undefined) {
    this.#role = role;
    this.#key = key;
  }

  /** The MAC over `bytes` and then `line`, what precedes the MAC in its own line. */
  next(bytes: Uint8Array, line: string): string {
    const counter = this.#counter++;
    if (this.#key === undefined) return NO_MAC;
    return createHmac("sha256", this.#key).update(`${VERSION} ${this.#role} ${counter}\n`)
      .update(bytes).update(line).digest("hex");
  }

  /** True if `mac` is the next one. */
  accepts(bytes: Uint8Array, line: string, mac: string): boolean {
    return equalTexts(this.next(bytes, line), mac);
  }
}

function handshakeMac(secret: Uint8Array, role: Role, transcript: string): string {
  return createHmac("sha256", secret).update(`${VERSION} ${role}\n${transcript}`).digest("hex");
}

/** Compares in a time that does not tell where the texts differ. */
function equalTexts(a: string, b: string): boolean {
  const x = encode(a);
  const y = encode(b);
  return x.length === y.length && timingSafeEqual(Buffer.from(x), Buffer.from(y));
}
