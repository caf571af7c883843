// Towns as the page loads them: few bytes for many of them. From south to north in strips, so that each
// is near the one before it; `sizes` has one character for each, `0` for the smallest.

/** Steps of coordinates in a degree: about 1.1 km, as wide as a town. */
export const STEPS_PER_DEGREE = 100;

/** The packed form, as JSON. */
export interface PackedTowns {
  /** Names, parted by newlines. */
  readonly names: string;
  /** Differences to the town before, in steps. */
  readonly latitudes: readonly number[];
  readonly longitudes: readonly number[];
  /** Classes of population: see `sizeOf`. */
  readonly sizes: string;
}

export interface Town {
  readonly name: string;
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
  /** 0 from 5,000 people on, one more for each doubling. */
  readonly size: number;
}

/** The least population of a town. */
export const MIN_POPULATION = 5_000;

/** The class of a population. */
export function sizeOf(population: number): number {
  return Math.max(0, Math.floor(Math.log2(population / MIN_POPULATION)));
}

export function packTowns(towns: readonly Town[]): PackedTowns {
  const steps = towns.map((it) => ({
    ...it,
    latitude: Math.round(it.latitude * STEPS_PER_DEGREE),
    longitude: Math.round(it.longitude * STEPS_PER_DEGREE),
  }));
  const strip = (latitude: number) => Math.floor(latitude / STEPS_PER_DEGREE);
  steps.sort((a, b) =>
    strip(a.latitude) - strip(b.latitude) || a.longitude - b.longitude || a.latitude - b.latitude
  );
  const differences = (key: "latitude" | "longitude") =>
    steps.map((it, i) => it[key] - (steps[i - 1]?.[key] ?? 0));
  return {
    names: steps.map((it) => it.name).join("\n"),
    latitudes: differences("latitude"),
    longitudes: differences("longitude"),
    sizes: steps.map((it) => it.size.toString(36)).join(""),
  };
}

/** The towns of a packed form. */
export function unpackTowns({ names, latitudes, longitudes, sizes }: PackedTowns): Town[] {
  let latitude = 0, longitude = 0;
  return names.split("\n").map((name, i) => {
    latitude += latitudes[i]!;
    longitude += longitudes[i]!;
    return {
      name,
      latitude: latitude / STEPS_PER_DEGREE,
      longitude: longitude / STEPS_PER_DEGREE,
      size: Number.parseInt(sizes[i]!, 36),
    };
  });
}
