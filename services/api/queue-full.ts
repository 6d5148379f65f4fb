/** The refusal of runs that a lane has no room for. */
import type { Lane } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { type Refusal, refuse } from "./problem.ts";

/** A 429 that says when to come back. Whoever gives it has stored nothing. */
export const queueFull = (lane: Lane): Refusal =>
  refuse("queue-full", `too many of this tenant's runs wait in the lane ${lane}; nothing was stored, try again later`, {
    headers: { "retry-after": String(limits.backlogRetrySeconds) },
  });
