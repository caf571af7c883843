// HalfSipHash-1-3 with 64 bits of output: a keyed hash in words of 32 bits, fast in JavaScript, after
// J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF" (2012), and their reference of
// the half. Without the key nobody can choose two inputs that collide.

/** A key: two words of 32 bits. */
export type SipKey = readonly [number, number];

/** The hash of the last `sipHash` call: two words of 32 bits, unsigned. */
export const sipResult: [low: number, high: number] = [0, 0];

/** Hashes `bytes[start, end)` into {@link sipResult}. */
export function sipHash(key: SipKey, bytes: Uint8Array, start: number, end: number): void {
  let v0 = key[0], v1 = key[1] ^ 0xee, v2 = 0x6c796765 ^ key[0], v3 = 0x74656462 ^ key[1];
  const length = end - start;
  const whole = end - (length & 3);
  let at = start;
  let rounds = 1;
  // The words, the last one with the length in it, and three rounds to finish each of two words.
  for (let phase = 0;;) {
    let word = 0;
    if (at < whole) {
      word = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
      at += 4;
    } else if (phase === 0) {
      word = length << 24;
      for (let i = 0; whole + i < end; i++) word |= bytes[whole + i]! << 8 * i;
      phase = 1;
    } else {
      if (phase === 1) v2 ^= 0xee;
      else v1 ^= 0xdd;
      rounds = 3;
      phase++;
    }
    v3 ^= word;
    for (let i = 0; i < rounds; i++) {
      v0 = (v0 + v1) | 0;
      v1 = (v1 << 5 | v1 >>> 27) ^ v0;
      v0 = v0 << 16 | v0 >>> 16;
      v2 = (v2 + v3) | 0;
      v3 = (v3 << 8 | v3 >>> 24) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = (v3 << 7 | v3 >>> 25) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = (v1 << 13 | v1 >>> 19) ^ v2;
      v2 = v2 << 16 | v2 >>> 16;
    }
    v0 ^= word;
    if (phase === 2) sipResult[0] = (v1 ^ v3) >>> 0;
    if (phase === 3) {
      sipResult[1] = (v1 ^ v3) >>> 0;
      return;
    }
  }
}
