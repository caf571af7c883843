// Typed arrays that grow, are joined, and give their memory back.

type TypedArray =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/**
 * The same values with room for `length` of them, at least as many as there are; the new ones are
 * `fill`. The old array, and every other view of its memory, is empty from now on: at no time do
 * both wait for the collector.
 */
export function enlarged<T extends TypedArray>(array: T, length: number, fill = 0): T {
  const larger = new (array.constructor as new (length: number) => T)(length);
  larger.set(array);
  if (fill !== 0) larger.fill(fill, array.length);
  // `array.buffer.transfer(bytes)` would do it all, and take twice the time.
  release(array);
  return larger;
}

/** The power of two that holds an item at `index`: growing to it costs little for each item. */
export function lengthFor(index: number): number {
  return 2 ** Math.ceil(Math.log2(index + 1));
}

/** All bytes of the parts, one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * Frees the memory of an array that nobody uses any more; it is empty from now on. The collector
 * counts what lies outside its heap only roughly, and would let some hundred megabytes stand.
 */
export function release({ buffer }: ArrayBufferView<ArrayBuffer>): void {
  buffer.transfer(0);
}
