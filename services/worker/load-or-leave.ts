import type { ActiveRun } from "./active-run.ts";
import type { WorkerDeps } from "./deps.ts";
import type { LoadedRun } from "./load-run.ts";
import { orAborted } from "./or-aborted.ts";
import { answered } from "./settled-write.ts";

/** What a load came to: `leave` when the run was told to leave first. */
export type Loading = { readonly kind: "loaded"; readonly loaded: LoadedRun | undefined } | { readonly kind: "leave" };

/**
 * Loads until the run is to leave, whatever the store does meanwhile. Nothing is paid yet, so a drain ends it at once, as it ends
 * a wait. A read without an answer is left to its own bound: it changes nothing, and it is not tried again. Throws the store's
 * last error.
 */
export async function loadOrLeave(
  deps: WorkerDeps,
  run: ActiveRun,
  load: () => Promise<LoadedRun | undefined>,
): Promise<Loading> {
  const { waitSignal } = run;
  if (waitSignal.aborted) return { kind: "leave" };
  const asked = { operation: "load run", call: load, may: () => !waitSignal.aborted };
  const loaded = await orAborted(answered(deps, asked), waitSignal);
  return loaded === "aborted" ? { kind: "leave" } : { kind: "loaded", loaded };
}
