/** Ties the ways of being told to stop to whoever is to stop: each source is watched until it has spoken once. */
import type { StopNotice } from "../core/drain.ts";
import type { StopSource } from "../ports/stop-source.ts";

/** Hands every notice of every source to `heed` until the signal aborts. Which of them count is decided there. */
export function obey(sources: readonly StopSource[], heed: (notice: StopNotice) => void, signal: AbortSignal): void {
  for (const source of sources) void source.watch(signal).then(heed);
}
