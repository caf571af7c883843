// Who is known to have a record's version or a newer one: a bit each in a word of 32, in the record.

/** How many neighbours have a bit: those beyond are sent everything. */
export const NEIGHBOUR_BITS = 31;

/** The bit of the neighbour of this number, from 0 on; 0 for one that has none. */
export function neighbourBit(index: number): number {
  return index < NEIGHBOUR_BITS ? 1 << index : 0;
}

/** The bit of the backbone. */
export const BACKBONE_BIT = 0x8000_0000;

/** The bits of all: a record with none of them is news from a client of this server, or of a disk. */
export const ANYBODY = 0xffff_ffff;
