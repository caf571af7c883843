// Tells a log of SQLite that was cut off by a crash from one that was damaged. SQLite reads a log up to
// the first frame that does not fit and takes the rest for never written, without a word: rightly after
// a crash, and wrongly if a bit of an older frame was flipped.
// The form of the file: https://www.sqlite.org/fileformat2.html#the_write_ahead_log

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const LITTLE_ENDIAN_MAGIC = 0x377f0682;
const BIG_ENDIAN_MAGIC = 0x377f0683;

/**
 * The state of a log: all of it fits; its last frame does not, as after a loss of power in the middle of
 * a transaction; or a frame of it does not that others follow, which no crash leaves behind.
 */
export type LogState = "whole" | "torn" | "damaged";

/** Looks at a whole log, or at no bytes where there is none. */
export function inspectLog(bytes: Uint8Array): LogState {
  if (bytes.every((it) => it === 0)) return "whole";
  if (bytes.length < HEADER_BYTES) return "torn";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const pageBytes = view.getUint32(8);
  const isLittle = magic === LITTLE_ENDIAN_MAGIC;
  const sum = new Checksum(view, isLittle);
  sum.add(0, 24);
  const fits = (isLittle || magic === BIG_ENDIAN_MAGIC) && sum.isAt(24);
  if (!fits || pageBytes < 512) return bytes.length > HEADER_BYTES ? "damaged" : "torn";

  const hasSalts = (frame: number) =>
    frame + 16 <= bytes.length && view.getUint32(frame + 8) === view.getUint32(16) &&
    view.getUint32(frame + 12) === view.getUint32(20);
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  for (let frame = HEADER_BYTES; frame < bytes.length; frame += frameBytes) {
    const isComplete = frame + frameBytes <= bytes.length;
    let isSound = false;
    if (isComplete) {
      sum.add(frame, frame + 8);
      sum.add(frame + FRAME_HEADER_BYTES, frame + frameBytes);
      isSound = sum.isAt(frame + 16);
    }
    if (isSound && hasSalts(frame)) continue;
    // A frame of an earlier round of the log has other salts, and a checksum of that round.
    if (!isSound && !hasSalts(frame) && !hasLater(frame)) return "whole";
    return isSound || hasLater(frame) ? "damaged" : "torn";
  }
  return "whole";

  function hasLater(frame: number): boolean {
    for (let later = frame + frameBytes; later < bytes.length; later += frameBytes) {
      if (hasSalts(later)) return true;
    }
    return false;
  }
}

/** The running checksum of a log. */
class Checksum {
  readonly #view: DataView;
  readonly #isLittle: boolean;
  #first = 0;
  #second = 0;

  constructor(view: DataView, isLittle: boolean) {
    this.#view = view;
    this.#isLittle = isLittle;
  }

  /** Takes in bytes, a multiple of 8. */
  add(start: number, end: number): void {
    for (let at = start; at < end; at += 8) {
      this.#first = this.#first + this.#view.getUint32(at, this.#isLittle) + this.#second >>> 0;
      this.#second = this.#second + this.#view.getUint32(at + 4, this.#isLittle) + this.#first >>>
        0;
    }
  }

  /** True if the checksum stored at an offset is this one. */
  isAt(offset: number): boolean {
    return this.#view.getUint32(offset) === this.#first &&
      this.#view.getUint32(offset + 4) === this.#second;
  }
}
