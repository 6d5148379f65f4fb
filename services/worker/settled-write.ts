/** A holder's write until it is settled: a lost answer is settled by reading the head. */
import { limits } from "../contract/limits.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";
import { wasApplied } from "../core/lifecycle.ts";
import { backoffMs } from "../core/retry.ts";
import type { ActiveRun } from "./active-run.ts";
import type { WorkerDeps } from "./deps.ts";

/** How often a write without an answer is tried; with the store's own bound this outlasts a worker's freshness. */
const TRIES = 8;

type Deps = Pick<WorkerDeps, "runs" | "clock" | "chance" | "events">;

/**
 * Writes; gives the new head, or undefined when the run is not ours any more (stop it quietly) or the store gave no
 * answer within the bound (then the run is reclaimed by others, or found by the orphan check).
 */
export async function settledWrite(deps: Deps, run: ActiveRun, write: HeadWrite): Promise<RunHead | undefined> {
  const id = run.head.runId;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      const outcome = await deps.runs.write(id, write);
      if (outcome.kind === "written") return outcome.head;
      if (outcome.head !== undefined && wasApplied(outcome.head, write)) return outcome.head;
      deps.events.emit("run.fenced", { runId: id, workerId: run.lease.holder, epoch: run.lease.epoch });
      return undefined;
    } catch (error) {
      deps.events.emit("store.failed", { operation: "write head", message: String(error) });
      const backoff = { baseMs: limits.retryBaseMs, maxMs: limits.storeCallMs };
      await deps.clock.sleep(backoffMs(attempt, backoff, deps.chance.fraction()));
    }
  }
  return undefined;
}
