/** One look at the fleet: buries who fell silent or was reported dead, and ends cancelled runs that their holder keeps. */
import type { WorkerItem } from "../contract/fleet.ts";
import type { RunId, WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { shardOf } from "../contract/tables.ts";
import { isAlive } from "../core/alive.ts";
import { outOfTime } from "../core/recovery.ts";
import { holdingAt, type Look, lastBeatMs, observe, type Sighting, silent } from "../core/silence.ts";
import { observeSteps, type StuckLook, stuck } from "../core/stuck.ts";
import { heldBackBy } from "../core/tenant-cap.ts";
import { Apart } from "./apart.ts";
import type { Graves } from "./graves.ts";
import { moveRuns } from "./move-runs.ts";
import { type FleetSeen, readFleetApart } from "./read-fleet.ts";
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

/** The workers that were read, and what is done with them part by part. */
type Fleet = { readonly workers: readonly WorkerItem[]; readonly apart: Apart };

async function buryReported(world: World, { graves, reported }: Watching, apart: Apart): Promise<void> {
  const bury = async (workerId: WorkerId): Promise<void> => {
    const item = await world.fleet.worker(workerId);
    if (await world.fleet.bury(workerId, "end-seen", world.clock.nowMs()))
      world.events.emit("worker.buried", { workerId, because: "its supervisor saw it end" });
    const lastSeenMs = item === undefined ? undefined : lastBeatMs(item);
    graves.dig(workerId, { lastSeenMs, quietSinceMs: world.clock.monotonicMs() });
    reported.delete(workerId);
  };
  for (const workerId of [...reported]) await apart.part(() => bury(workerId));
}

async function burySilent(world: World, watching: Watching, { workers, apart }: Fleet): Promise<void> {
  const bury = async ({ counter, silentMs }: Sighting, item: WorkerItem): Promise<void> => {
    const { workerId } = item;
    if (!(await world.fleet.bury(workerId, { counter }, world.clock.nowMs()))) return;
    world.events.emit("worker.buried", { workerId, because: `no heartbeat for ${Math.round(silentMs)} ms` });
    watching.graves.dig(workerId, { lastSeenMs: lastBeatMs(item), quietSinceMs: world.clock.monotonicMs() });
  };
  for (const sighting of watching.look === undefined ? [] : silent(watching.look)) {
    const item = workers.find(({ workerId }) => workerId === sighting.workerId);
    if (item !== undefined) await apart.part(() => bury(sighting, item));
  }
}

/** Drains workers whose runs stand still, and buries those that do not leave: their runs go on elsewhere, another takes their place. */
async function relieveStuck(world: World, { steps, graves }: Watching, { workers, apart }: Fleet): Promise<void> {
  const relieve = async ({ workerId, counter, act, forMs }: ReturnType<typeof stuck>[number]): Promise<void> => {
    const done =
      act === "drain"
        ? await world.fleet.requestDrain(workerId)
        : await world.fleet.bury(workerId, { counter }, world.clock.nowMs());
    if (!done) return;
    world.events.emit("worker.stuck", { workerId, forMs, act });
    const item = workers.find((worker) => worker.workerId === workerId);
    if (act === "bury" && item !== undefined)
      graves.dig(workerId, { lastSeenMs: lastBeatMs(item), quietSinceMs: world.clock.monotonicMs() });
  };
  for (const one of steps === undefined ? [] : stuck(steps, workers)) await apart.part(() => relieve(one));
}

/** Ends runs whose cancel is older than the time in which their holder should have ended them; it may have given them back since. */
async function forceCancels(world: World, look: Look | undefined, { workers, apart }: Fleet): Promise<void> {
  const nowMs = world.clock.nowMs();
  const overdue = new Set<RunId>();
  for (const { inbox } of workers.filter(isAlive))
    for (const entry of inbox) if (entry.kind === "cancel" && entry.untilMs <= nowMs) overdue.add(entry.runId);
  const at = holdingAt(look, nowMs);
  const ids = [...overdue].slice(0, limits.movePages * limits.readBatchMax);
  for (let i = 0; i < ids.length; i += limits.readBatchMax) {
    const some = ids.slice(i, i + limits.readBatchMax);
    await apart.part(() => moveRuns(world, some, (head) => outOfTime(head, at(head))));
  }
}

/**
 * Workers of shards that could not be read are no more silent than they were: perhaps they could not beat either. They are not
 * about to die, so that nobody looks for that all the time.
 */
function stillKnown(before: Look | undefined, missing: ReadonlySet<number>): [WorkerId, Sighting][] {
  const isMissing = (id: WorkerId): boolean => missing.has(shardOf(id, limits.fleetShards));
  return [...(before?.sightings ?? [])]
    .filter(([id]) => isMissing(id))
    .map(([id, seen]) => [id, { ...seen, silentMs: Math.min(seen.silentMs, limits.deadAfterMs - limits.watchMs) }]);
}

/** Takes in what was seen. What the missing would have said stays unknown: how many runs are active, who is held back no more. */
function takeIn(watching: Watching, { workers, missing }: FleetSeen, clock: World["clock"]): void {
  const monotonicMs = clock.monotonicMs();
  const { sightings } = observe(watching.look, workers, monotonicMs);
  const active = workers.filter(isAlive).reduce((sum, one) => sum + one.active, 0);
  const heldBack = heldBackBy(workers);
  watching.look = { atMs: monotonicMs, sightings: new Map([...stillKnown(watching.look, missing), ...sightings]) };
  watching.active = missing.size > 0 ? undefined : active;
  watching.heldBack = missing.size > 0 ? new Set([...heldBack, ...watching.heldBack]) : heldBack;
  watching.graves.takeIn(workers, { nowMs: clock.nowMs(), monotonicMs });
  watching.steps = observeSteps(watching.steps, workers, monotonicMs);
}

/**
 * One pass of the watch. What fails, a shard that cannot be read among it, keeps nothing else from being done; then it throws.
 * Where nothing can be read, what it knew before stays.
 */
export async function watchPass(world: World, watching: Watching): Promise<void> {
  const apart = new Apart();
  await buryReported(world, watching, apart);
  const seen = await readFleetApart(world.fleet);
  if (seen.missing.size === limits.fleetShards && seen.workers.length === 0) throw seen.failures[0];
  takeIn(watching, seen, world.clock);
  const fleet = { workers: seen.workers, apart };
  await relieveStuck(world, watching, fleet);
  await burySilent(world, watching, fleet);
  await forceCancels(world, watching.look, fleet);
  for (const failure of seen.failures) await apart.part(() => Promise.reject(failure));
  apart.end();
}
