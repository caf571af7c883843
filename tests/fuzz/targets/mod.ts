// All that can be fuzzed.

import type { Target } from "../target.ts";
import { followers } from "./followers.ts";
import { frames } from "./frames.ts";
import { http } from "./http.ts";
import { leaders } from "./leaders.ts";
import { messages } from "./messages.ts";
import { requests } from "./requests.ts";
import { sessions } from "./sessions.ts";
import { updates } from "./updates.ts";

/** Every target. */
export const TARGETS: readonly Target[] = [
  requests,
  updates,
  messages,
  sessions,
  followers,
  leaders,
  http,
  frames,
];
