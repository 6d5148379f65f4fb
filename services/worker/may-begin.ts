/** Whether a worker that has just started may take runs. */
import { machineOf } from "../core/capacity/machines.ts";
import type { StopNotice } from "../core/drain.ts";
import type { WorkerDeps, WorkerSettings } from "./deps.ts";
import type { Freshness } from "./freshness.ts";
import { orAborted } from "./or-aborted.ts";
import { answered } from "./settled-write.ts";

type Context = { readonly deps: WorkerDeps; readonly settings: WorkerSettings };
type Starting = {
  readonly freshness: Freshness;
  readonly signal: AbortSignal;
  /** Once it knows what tenants run in the fleet, or that nobody says. */
  readonly looked: Promise<void>;
  heed(notice: StopNotice): void;
};

/** Whether it was decided that the machine leaves. Asks until it is answered: who reaches no store claims nothing anyway. */
async function machineLeaves({ deps, settings }: Context, signal: AbortSignal): Promise<boolean> {
  const { scalingStores } = deps;
  const machine = machineOf(settings);
  // On a laptop each worker is a machine of its own, which nobody could tell to leave before it was there.
  if (scalingStores === undefined || machine === undefined || settings.pool === "local") return false;
  const look = { operation: "look whether the machine leaves", call: () => scalingStores.memory.state() };
  while (!signal.aborted) {
    const state = await answered(deps, { ...look, may: () => !signal.aborted }).catch(() => "unknown" as const);
    if (state !== "unknown") return state?.memory.leaving.some(({ id }) => id === machine) ?? false;
  }
  return false;
}

/**
 * True after the first acknowledged heartbeat and the first look at what tenants run, unless `signal` aborts first. On a machine
 * that leaves the worker is cordoned instead: a supervisor started it again before the machine was ended. The controller keeps who
 * leaves before its last look for workers there, and the worker looks after its first heartbeat: so one of them sees the other.
 */
export async function mayBegin(context: Context, { freshness, signal, looked, heed }: Starting): Promise<boolean> {
  // A notice may have come in the same moment as the first answer.
  if (!(await freshness.untilFresh(signal)) || signal.aborted) return false;
  if (await machineLeaves(context, signal))
    heed({ kind: "cordon", source: "machine-leaves", atMs: context.deps.clock.nowMs() });
  await orAborted(looked, signal);
  return !signal.aborted;
}
