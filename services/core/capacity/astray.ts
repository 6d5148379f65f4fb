/** Living workers that do not say on which machine they are: a machine that seems empty may be theirs. Pure. */
import type { WorkerItem } from "../../contract/fleet.ts";
import type { Pool } from "../../contract/ids.ts";
import { assertLimit, limits } from "../../contract/limits.ts";
import { isAlive } from "../alive.ts";
import { machineOf } from "./machines.ts";

assertLimit(
  limits.astrayDrainMs > 2 * limits.placeTries * (limits.placeAgainMs + limits.placeMs),
  "a worker has had its time to find out where it is",
);

/** All of them in a pool. */
export const astrayIn = (pool: Pool, workers: readonly WorkerItem[]): WorkerItem[] =>
  workers.filter((it) => it.pool === pool && isAlive(it) && machineOf(it) === undefined);

/** Those of any pool that are to be drained now, at most `limits.astrayAtOnce`. Their own start counts: one too early costs a drain. */
export const astrayTooLong = (workers: readonly WorkerItem[], nowMs: number): WorkerItem[] =>
  workers
    .filter((it) => isAlive(it) && !it.drain && machineOf(it) === undefined)
    .filter(({ startedAtMs }) => nowMs - startedAtMs > limits.astrayDrainMs)
    .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
    .slice(0, limits.astrayAtOnce);
