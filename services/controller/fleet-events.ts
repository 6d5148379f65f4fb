/**
 * Does what AWS says of machines and tasks: cordon, drain, or bury and queue again, without waiting for silence. Safe beside
 * the controller's loops and twice at once: each act is a conditional write, and what comes late in the index is found by
 * the watch, which takes every young tombstone in.
 */
import { anyAwsEvent, fleetEvent, fleetEventKinds } from "../contract/aws-events.ts";
import type { WorkerItem } from "../contract/fleet.ts";
import { limits } from "../contract/limits.ts";
import { isAlive } from "../core/alive.ts";
import { actOf, askOf, type FleetAct } from "../core/fleet-events.ts";
import { lastBeatMs } from "../core/silence.ts";
import { readFleet } from "./read-fleet.ts";
import { reclaim } from "./reclaim.ts";
import type { World } from "./world.ts";

/** What became of an event: how many workers it touched. `ignored`: not about workers; `malformed`: not as documented. */
export type FleetEventOutcome =
  | { readonly kind: "ignored" | "malformed" | "nothing" }
  | { readonly kind: "cordon" | "drain" | "end"; readonly workers: number };

type Act = Exclude<FleetAct, { kind: "nothing" }>;

async function end(world: World, worker: WorkerItem, because: string): Promise<void> {
  const { workerId } = worker;
  const buried = isAlive(worker) && (await world.fleet.bury(workerId, "end-seen", world.clock.nowMs()));
  if (buried) world.events.emit("worker.buried", { workerId, because });
  const moved = await reclaim(world, workerId, lastBeatMs(worker));
  if (moved.failed > 0) throw new Error(`${moved.failed} runs of ${workerId} were not moved`);
}

async function applyTo(world: World, worker: WorkerItem, act: Act): Promise<void> {
  if (act.kind === "end") return end(world, worker, act.because);
  const { kind, because, deadlineAtMs } = act;
  const { workerId } = worker;
  const told =
    kind === "drain"
      ? await world.fleet.requestDrain(workerId, deadlineAtMs)
      : (await world.fleet.notify(workerId, { kind: "cordon" })) === "delivered";
  if (told) world.events.emit("fleet-event.told", { workerId, asks: kind, because });
}

/**
 * Takes one event as EventBridge delivers it. What is malformed is told and not worth another try. Throws once every worker
 * was tried when the store failed for one of them: the sender tries again, and what was done is done.
 */
export async function applyFleetEvent(world: World, input: unknown): Promise<FleetEventOutcome> {
  const any = anyAwsEvent.safeParse(input);
  if (any.success && !fleetEventKinds.has(any.data["detail-type"])) return { kind: "ignored" };
  const parsed = fleetEvent.safeParse(input);
  if (!parsed.success) {
    const because = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    world.events.emit("fleet-event.malformed", { because: because.slice(0, limits.detailChars) });
    return { kind: "malformed" };
  }
  const ask = askOf(parsed.data);
  // Most events are of tasks that start: they cost no read.
  if (ask.kind === "nothing") return { kind: "nothing" };
  const act = actOf(ask, await readFleet(world.fleet));
  if (act.kind === "nothing") return { kind: "nothing" };
  const done = await Promise.allSettled(act.workers.map((worker) => applyTo(world, worker, act)));
  const failures = done.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, `${act.kind}: ${failures.length} workers not done`);
  return { kind: act.kind, workers: act.workers.length };
}
