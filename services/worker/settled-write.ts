/** A holder's write until it is settled: a lost answer is settled by reading the head. */
import { limits } from "../contract/limits.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";
import { onlyChanged, wasApplied } from "../core/head-write.ts";
import { backoffMs } from "../core/retry.ts";
import type { ActiveRun } from "./active-run.ts";
import type { WorkerDeps } from "./deps.ts";

/** How often a call without an answer is tried; with the store's own bound this outlasts a worker's freshness. */
const TRIES = 8;
const BACKOFF = { baseMs: limits.retryBaseMs, maxMs: limits.storeCallMs };

type Deps = Pick<WorkerDeps, "runs" | "clock" | "chance" | "events">;

/** A call of the store; `may` is asked before each further try. */
type Call<T> = { readonly operation: string; call(): Promise<T>; may?(): boolean };

/** Repeats an idempotent call until it is answered; throws the last error at the bound, or when `may` says no. */
export async function answered<T>(deps: Deps, { operation, call, may }: Call<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      deps.events.emit("store.failed", { operation, message: String(error) });
      if (attempt >= TRIES) throw error;
      await deps.clock.sleep(backoffMs(attempt, BACKOFF, deps.chance.fraction()));
      if (may?.() === false) throw error;
    }
  }
}

/**
 * Writes; gives the new head, or undefined when the run is not ours any more (stop it quietly). Throws when the store
 * gives no answer within the bound: then the run is reclaimed by others, or found by the orphan check.
 */
export async function settledWrite(deps: Deps, run: ActiveRun, write: HeadWrite): Promise<RunHead | undefined> {
  const id = run.head.runId;
  const short = onlyChanged(write, run.stored);
  const outcome = await answered(deps, { operation: "write head", call: () => deps.runs.write(id, short) });
  const { head } = outcome;
  if (head !== undefined && (outcome.kind === "written" || wasApplied(head, write))) {
    run.stored = head;
    return head;
  }
  deps.events.emit("run.fenced", { runId: id, workerId: run.lease.holder, epoch: run.lease.epoch });
  return undefined;
}
