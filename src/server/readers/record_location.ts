// What a map needs of a record, without parsing the rest of it: for readers that go over all records.

import { SPACE } from "../../base/bytes.ts";
import { MAX_LINE_BYTES } from "../../protocol/lines.ts";
import { type Coordinates, parseLocation } from "../../protocol/location.ts";
import { MAX_BODY_GROWTH_BYTES } from "../../protocol/update.ts";
import type { Store } from "../../store/store.ts";

/** Reads one record after the other; what it gives is good until the next one. */
export class RecordLocation {
  /** The record's body, at its start the name of the server that was told. */
  readonly bytes: Uint8Array = new Uint8Array(MAX_LINE_BYTES + MAX_BODY_GROWTH_BYTES);
  originEnd = 0;

  /** The location of a record's client; the record is no removal. */
  read(store: Store, record: number): Coordinates {
    const { bytes } = this;
    const end = store.copyBody(record, bytes, 0);
    this.originEnd = bytes.indexOf(SPACE);
    const skewEnd = bytes.indexOf(SPACE, this.originEnd + 1);
    const clientEnd = bytes.indexOf(SPACE, skewEnd + 1);
    const locationEnd = bytes.indexOf(SPACE, clientEnd + 1);
    return parseLocation(bytes, clientEnd + 1, Math.min(locationEnd, end));
  }
}
