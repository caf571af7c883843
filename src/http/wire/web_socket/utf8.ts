// Checks that bytes that come in pieces are UTF-8 (RFC 3629), as a WebSocket's text has to be.

/** Checks one text. */
export class Utf8Check {
  /** Bytes of the present character that have not come yet. */
  #left = 0;
  /** The range of its next byte: the second one of a character is bound tighter than 80 to BF. */
  #least = 0x80;
  #most = 0xbf;
  #isValid = true;

  /** Takes the next bytes; false once the text cannot be UTF-8 any more. */
  take(bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end && this.#isValid; at++) this.#step(bytes[at]!);
    return this.#isValid;
  }

  /** Ends the text: true if it was UTF-8. The next one may begin. */
  end(): boolean {
    const isWhole = this.#isValid && this.#left === 0;
    this.#left = 0;
    this.#isValid = true;
    this.#least = 0x80;
    this.#most = 0xbf;
    return isWhole;
  }

  #step(byte: number): void {
    if (this.#left > 0) {
      this.#isValid = byte >= this.#least && byte <= this.#most;
      this.#left--;
      this.#least = 0x80;
      this.#most = 0xbf;
    } else if (byte >= 0x80) this.#begin(byte);
  }

  #begin(byte: number): void {
    if (byte >= 0xc2 && byte <= 0xdf) this.#left = 1;
    else if (byte >= 0xe0 && byte <= 0xef) {
      this.#left = 2;
      // Neither longer than need be, nor half of a surrogate pair.
      if (byte === 0xe0) this.#least = 0xa0;
      if (byte === 0xed) this.#most = 0x9f;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      this.#left = 3;
      if (byte === 0xf0) this.#least = 0x90;
      if (byte === 0xf4) this.#most = 0x8f;
    } else this.#isValid = false;
  }
}
