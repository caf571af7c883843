// Who is known to have a record's version or a newer one: a bit each in a word of 32, in the record.

/** Number of neighbours that have a bit: those beyond are sent everything. */
export const NEIGHBOUR_BITS = 30;

/** The bit of the neighbour of this number, from 0 on; 0 for one that has none. */
export function neighbourBit(index: number): number {
  return index < NEIGHBOUR_BITS ? 1 << index : 0;
}

/** The bit of servers on the backbone, whichever: they may publish the record just as well. */
export const OTHERS_BIT = 0x4000_0000;

/** The bit of the backbone's stream. */
export const STREAM_BIT = 0x8000_0000;

/** The bits of all: a record with none of them is news from a client of this server, or of a disk. */
export const ANYBODY = 0xffff_ffff;
