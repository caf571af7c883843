// The apps that may report, by the last segment of their path.

import { osmand, owntracks, traccar } from "./formats.ts";
import { type App, EMPTY_REPLY, NOTHING_NEAR } from "./report.ts";

/** See {@link App}. */
export const PHONE_APPS: Readonly<Record<"osmand" | "traccar" | "owntracks", App>> = {
  osmand: { format: osmand, reply: EMPTY_REPLY, isNamedByToken: false },
  traccar: { format: traccar, reply: EMPTY_REPLY, isNamedByToken: false },
  owntracks: { format: owntracks, reply: NOTHING_NEAR, isNamedByToken: true },
};

/** The paths of an app: with a token in it, for apps that have one field for a URL, and without. */
export function reportPaths(app: string): string[] {
  return [`/v1/report/${app}`, `/v1/report/{token}/${app}`];
}
