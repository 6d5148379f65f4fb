/** Waits of the API: look at once, then let the hub of the process look. */
import type { RunId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import type { ApiParts } from "./deps.ts";
import { type Refusal, refuse } from "./problem.ts";

/** What a request waits for, and for how long; 0 seconds is a look without a wait. */
export type WaitFor = {
  readonly seconds: number;
  readonly until: (heads: readonly RunHead[]) => boolean;
  readonly signal: AbortSignal;
};

/** How a refusal because of too many waits reads. */
export const tooManyWatchers = (): Refusal =>
  refuse("too-many-watchers", `${limits.watchersMax} waits and event streams are open; ask without waiting`);

/**
 * The heads once `until` holds for them, or as they are when the time is over or the process stops. A run that expires
 * meanwhile is shown as it was last seen. Throws when the store fails at the end of the wait.
 */
export async function waitFor(
  { waits }: ApiParts,
  heads: readonly RunHead[],
  { seconds, until, signal }: WaitFor,
): Promise<{ readonly kind: "waited"; readonly heads: readonly RunHead[] } | Refusal> {
  if (seconds === 0 || until(heads)) return { kind: "waited", heads };
  const waited = await waits.wait({
    ids: heads.map((head) => head.runId),
    until: (seen) => until([...seen.values()]),
    forMs: seconds * 1_000,
    signal,
  });
  if (waited.kind === "full") return tooManyWatchers();
  const seen = waited.kind === "seen" ? waited.heads : new Map<RunId, RunHead>();
  return { kind: "waited", heads: heads.map((head) => seen.get(head.runId) ?? head) };
}
