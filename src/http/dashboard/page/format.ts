// Numbers and times for people.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** A count: `12,345`, or `1.2M` from a million on. */
export function count(value: number): string {
  return value < 1e6 ? whole.format(value) : compact.format(value);
}

/** A count where there is little room: `9,999`, `12.3K`, `1.2M`. */
export function brief(value: number): string {
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

/** A rate for a second: `0`, `0.4`, `12`, `3.4K`. */
export function rate(value: number): string {
  if (value === 0) return "0";
  if (value < 10) return value.toFixed(1);
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

/** Seconds as a delay: `0.3 ms`, `12 ms`, `1.2 s`. */
export function delay(seconds: number): string {
  if (seconds < 0.001) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return `${seconds.toFixed(1)} s`;
}

/** Seconds as an age: `now`, `12 s ago`, `3 min ago`, `5 h ago`, `4 d ago`; `in 3 s` ahead. */
export function age(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 1) return "now";
  const [value, unit] = size < 120
    ? [size, "s"]
    : size < 7_200
    ? [size / 60, "min"]
    : size < 172_800
    ? [size / 3600, "h"]
    : [size / 86_400, "d"];
  const text = `${Math.floor(value as number)} ${unit}`;
  return seconds < 0 ? `in ${text}` : `${text} ago`;
}

/** Degrees as `34.0689° N, 118.4451° W`. */
export function degrees(latitude: number, longitude: number, digits = 4): string {
  const part = (value: number, plus: string, minus: string) =>
    `${Math.abs(value).toFixed(digits)}° ${value < 0 ? minus : plus}`;
  return `${part(latitude, "N", "S")}, ${part(longitude, "E", "W")}`;
}

/** An id that came percent-encoded, as it is read best; what is no UTF-8 stays encoded. */
export function readableId(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** A text to look for, as the server takes it: percent-encoded. */
export function encodedId(text: string): string {
  return encodeURIComponent(text.trim());
}

/** Lags are looked at ten times a second: of a shorter one than two looks nothing is known. */
const LEAST_LAG_SECONDS = 0.2;

/** A server's lag: `<0.2 s`, `1.2 s`. */
export function lag(seconds: number): string {
  return seconds <= LEAST_LAG_SECONDS ? `<${LEAST_LAG_SECONDS} s` : `${seconds.toFixed(1)} s`;
}

/** Metres as `7 m`, `420 m`, `3.2 km`, `1,204 km`. */
export function distance(metres: number): string {
  if (metres < 1000) return `${Math.round(metres)} m`;
  const kilometres = metres / 1000;
  return kilometres < 10 ? `${kilometres.toFixed(1)} km` : `${whole.format(kilometres)} km`;
}

/** A speed in metres a second as `4.2 km/h` or `85 km/h`. */
export function speed(metresPerSecond: number): string {
  const kilometres = metresPerSecond * 3.6;
  return `${kilometres < 10 ? kilometres.toFixed(1) : whole.format(kilometres)} km/h`;
}

/** POSIX seconds in local time: the hour alone if that was today. */
export function moment(seconds: number, nowMs = Date.now()): string {
  const date = new Date(seconds * 1000);
  const isToday = date.toDateString() === new Date(nowMs).toDateString();
  const time = date.toLocaleTimeString("en-GB");
  if (isToday) return time;
  return `${date.toLocaleDateString("en-GB", { dateStyle: "medium" })}, ${time}`;
}

/** A point's place among towns: `in Santa Monica`, `5 km north-west of Santa Monica`. */
export function near(town: string, metres: number, direction: string): string {
  return metres < 1500 ? `in ${town}` : `${distance(metres)} ${direction} of ${town}`;
}

/** A text of at most so many characters. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : text;
}
