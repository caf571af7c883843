// Memory that is given back at once. The collector counts what lies outside its heap only roughly, and
// would let some hundred megabytes of dead buffers stand.

/** Frees the memory of a buffer that nobody uses any more; it is empty from now on. */
export function release({ buffer }: ArrayBufferView<ArrayBuffer>): void {
  buffer.transfer(0);
}
