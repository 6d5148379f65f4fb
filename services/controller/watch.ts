/** One look at the fleet: buries who fell silent or was reported dead, and ends cancelled runs that their holder keeps. */
import type { WorkerItem } from "../contract/fleet.ts";
import type { RunId, WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { outOfTime } from "../core/recovery.ts";
import { type Look, lastBeatMs, observe, silent } from "../core/silence.ts";
import { observeSteps, type StuckLook, stuck } from "../core/stuck.ts";
import { heldBackBy } from "../core/tenant-cap.ts";
import type { Graves } from "./graves.ts";
import { moveRuns } from "./move-runs.ts";
import { readFleet } from "./read-fleet.ts";
import type { World } from "./world.ts";

/**
 * What the watch remembers between two looks. `active`: runs that living workers said they have, undefined while nobody has
 * looked. `heldBack`: tenants at their cap. `reported`: workers whose end a supervisor saw.
 */
export type Watching = {
  look: Look | undefined;
  active: number | undefined;
  steps: StuckLook | undefined;
  heldBack: ReadonlySet<string>;
  readonly graves: Graves;
  readonly reported: Set<WorkerId>;
};

async function buryReported(world: World, { graves, reported }: Watching): Promise<void> {
  for (const workerId of reported) {
    const item = await world.fleet.worker(workerId);
    if (await world.fleet.bury(workerId, "end-seen", world.clock.nowMs()))
      world.events.emit("worker.buried", { workerId, because: "its supervisor saw it end" });
    const lastSeenMs = item === undefined ? undefined : lastBeatMs(item);
    graves.dig(workerId, { lastSeenMs, quietSinceMs: world.clock.monotonicMs() });
    reported.delete(workerId);
  }
}

async function burySilent(world: World, look: Look, workers: readonly WorkerItem[], graves: Graves): Promise<void> {
  for (const { workerId, counter, silentMs } of silent(look)) {
    if (!(await world.fleet.bury(workerId, { counter }, world.clock.nowMs()))) continue;
    world.events.emit("worker.buried", { workerId, because: `no heartbeat for ${Math.round(silentMs)} ms` });
    const item = workers.find((worker) => worker.workerId === workerId);
    const lastSeenMs = item === undefined ? undefined : lastBeatMs(item);
    graves.dig(workerId, { lastSeenMs, quietSinceMs: world.clock.monotonicMs() });
  }
}

/** Drains workers whose runs stand still, and buries those that do not leave: their runs go on elsewhere, another takes their place. */
async function relieveStuck(world: World, { steps, graves }: Watching, workers: readonly WorkerItem[]): Promise<void> {
  for (const { workerId, counter, act, forMs } of steps === undefined ? [] : stuck(steps, workers)) {
    const done =
      act === "drain"
        ? await world.fleet.requestDrain(workerId)
        : await world.fleet.bury(workerId, { counter }, world.clock.nowMs());
    if (!done) continue;
    world.events.emit("worker.stuck", { workerId, forMs, act });
    const item = workers.find((worker) => worker.workerId === workerId);
    if (act === "bury" && item !== undefined)
      graves.dig(workerId, { lastSeenMs: lastBeatMs(item), quietSinceMs: world.clock.monotonicMs() });
  }
}

/** Ends runs whose cancel is older than the time in which their holder should have ended them; it may have given them back since. */
async function forceCancels(world: World, workers: readonly WorkerItem[]): Promise<void> {
  const nowMs = world.clock.nowMs();
  const overdue = new Set<RunId>();
  for (const { inbox, buriedAtMs } of workers)
    if (buriedAtMs === undefined)
      for (const entry of inbox) if (entry.kind === "cancel" && entry.untilMs <= nowMs) overdue.add(entry.runId);
  const ids = [...overdue].slice(0, limits.movePages * limits.readBatchMax);
  for (let i = 0; i < ids.length; i += limits.readBatchMax)
    await moveRuns(world, ids.slice(i, i + limits.readBatchMax), (head) => outOfTime(head, nowMs));
}

/** One pass of the watch. Throws when the store fails; what it knew before stays. */
export async function watchPass(world: World, watching: Watching): Promise<void> {
  await buryReported(world, watching);
  const workers = await readFleet(world.fleet);
  const { clock } = world;
  watching.look = observe(watching.look, workers, clock.monotonicMs());
  watching.active = workers.reduce((sum, { active, buriedAtMs }) => sum + (buriedAtMs === undefined ? active : 0), 0);
  watching.heldBack = heldBackBy(workers);
  watching.graves.takeIn(workers, { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() });
  watching.steps = observeSteps(watching.steps, workers, clock.monotonicMs());
  await relieveStuck(world, watching, workers);
  await burySilent(world, watching.look, workers, watching.graves);
  await forceCancels(world, workers);
}
