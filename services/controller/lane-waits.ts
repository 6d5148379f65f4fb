/** How long runs wait in each lane before their first claim: from what workers hold now, or from an empty lane. */
import { type Lane, lanes, type WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import type { LaneWait } from "../core/recovery.ts";
import { firstWaitMs } from "../core/told-run.ts";
import type { World } from "./world.ts";

const P99 = 0.99;

/** What a worker holds, at most `sweepPages` pages of it: the earliest due, so that claims of late may be missing. */
async function heldBy(world: World, worker: WorkerId): Promise<RunHead[]> {
  const heads: RunHead[] = [];
  let after: string | undefined;
  for (let page = 0; page < limits.sweepPages; page++) {
    const { ids, next } = await world.index.byHolder(worker, Number.MAX_SAFE_INTEGER, after);
    if (ids.length > 0) heads.push(...(await world.runs.read(ids, world.clock.nowMs())));
    if (next === undefined) break;
    after = next;
  }
  return heads;
}

async function sample(world: World, living: readonly WorkerId[]): Promise<RunHead[]> {
  const heads: RunHead[] = [];
  for (const worker of living.slice(0, limits.laneSampleWorkers)) heads.push(...(await heldBy(world, worker)));
  return heads;
}

const known = (p99Ms: number): LaneWait => ({ kind: "known", p99Ms });

/**
 * The wait of the claims, and the time since the last of them: behind full slots the next claim waits at least that much
 * longer, whatever those before it waited.
 */
function waitOf(lane: Lane, heads: readonly RunHead[], nowMs: number): LaneWait {
  const inLane = heads.filter((head) => head.lane === lane);
  const waits = inLane.flatMap((head) => firstWaitMs(head) ?? []);
  const p99 = waits.sort((a, b) => a - b)[Math.ceil(waits.length * P99) - 1];
  if (p99 === undefined) return { kind: "unknown" };
  const lastClaimMs = Math.max(...inLane.map((head) => head.claimedAtMs ?? Number.NEGATIVE_INFINITY));
  return known(p99 + Math.max(0, nowMs - lastClaimMs));
}

/** In an empty lane nothing waits. Elsewhere what the living workers claimed says it; if nothing does, it is unknown. */
export async function laneWaits(world: World, living: readonly WorkerId[]): Promise<Record<Lane, LaneWait>> {
  const depths = await Promise.all(lanes.map((lane) => world.queue.depth(lane)));
  const empty = lanes.map((_, i) => depths[i]?.kind === "known" && depths[i].visible === 0);
  const heads = empty.every((isEmpty) => isEmpty) ? [] : await sample(world, living);
  const nowMs = world.clock.nowMs();
  const waitAt = (lane: Lane): LaneWait => (empty[lanes.indexOf(lane)] ? known(0) : waitOf(lane, heads, nowMs));
  return { high: waitAt("high"), normal: waitAt("normal"), low: waitAt("low") };
}
