// The provider `gazetteer`: populated places of the world from GeoNames, packed into the program. Data
// is loaded on the first question, or on `load()`, so that starting a server does not pay for it.

import type { Coordinates } from "../../protocol/location.ts";
import { unpackColumns } from "./columns.ts";
import { GazetteerTable } from "./table.ts";
import type { NearbyResponse, PlacesProvider } from "../provider.ts";

const UNREADABLE: NearbyResponse = {
  error_message: "The gazetteer cannot be read",
  html_attributions: [],
  results: [],
  status: "UNKNOWN_ERROR",
};

/** The provider of places that needs no network: localities by distance. */
export interface Gazetteer extends PlacesProvider {
  /**
   * Loads the data, if that has not begun yet; the promise is for when it is there.
   *
   * @throws {Error} If the data cannot be read, which is a fault of the program's packaging.
   */
  load(): Promise<void>;
}

/**
 * The gazetteer. All in one process share their data, about 15 MB, unless `read` gives other data.
 * `nearby` is synchronous once the data is loaded.
 */
export function createGazetteer(
  read: () => Promise<GazetteerTable> = readPackedTable,
): Gazetteer {
  return new LazyGazetteer(read);
}

class LazyGazetteer implements Gazetteer {
  readonly name = "gazetteer";
  readonly #read: () => Promise<GazetteerTable>;
  #table: GazetteerTable | undefined;
  #loading: Promise<GazetteerTable> | undefined;

  constructor(read: () => Promise<GazetteerTable>) {
    this.#read = read;
  }

  async load(): Promise<void> {
    await this.#loaded();
  }

  nearby(
    location: Coordinates,
    radiusMetres: number,
    bound: number,
  ): NearbyResponse | Promise<NearbyResponse> {
    if (this.#table) return this.#table.nearby(location, radiusMetres, bound);
    return this.#loaded().then(
      (table) => table.nearby(location, radiusMetres, bound),
      () => UNREADABLE,
    );
  }

  [Symbol.dispose](): void {
    this.#table = this.#loading = undefined;
  }

  #loaded(): Promise<GazetteerTable> {
    return this.#loading ??= this.#read().then((table) => this.#table = table, (error) => {
      // It may only have been out of descriptors: the next question tries again.
      this.#loading = undefined;
      throw error;
    });
  }
}

let packedTable: Promise<GazetteerTable> | undefined;

/** The table of the data that is packed into the program, read once in a process. */
function readPackedTable(): Promise<GazetteerTable> {
  return packedTable ??= unpack().catch((error) => {
    packedTable = undefined;
    throw error;
  });
}

async function unpack(): Promise<GazetteerTable> {
  const { default: packed } = await import("./data/gazetteer.txt", { with: { type: "text" } });
  return new GazetteerTable(await unpackColumns(packed));
}
