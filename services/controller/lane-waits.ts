/** How long runs wait in each lane before their first claim: from what workers hold now, or from an empty lane. */
import { type Lane, lanes, type WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import type { LaneWait } from "../core/recovery.ts";
import type { World } from "./world.ts";

const P99 = 0.99;

/** Wait of a run that was claimed once and never moved otherwise: the first claim is one above the first epoch. */
function firstWaitMs(head: RunHead): number | undefined {
  const first = Math.floor(head.createdAtMs / 1_000) + 1;
  return head.epoch === first && head.claimedAtMs !== undefined ? head.claimedAtMs - head.createdAtMs : undefined;
}

async function sample(world: World, living: readonly WorkerId[]): Promise<RunHead[]> {
  const heads: RunHead[] = [];
  for (const worker of living.slice(0, limits.laneSampleWorkers)) {
    const { ids } = await world.index.byHolder(worker, Number.MAX_SAFE_INTEGER);
    if (ids.length > 0) heads.push(...(await world.runs.read(ids, world.clock.nowMs())));
  }
  return heads;
}

const known = (p99Ms: number): LaneWait => ({ kind: "known", p99Ms });

function waitOf(lane: Lane, heads: readonly RunHead[]): LaneWait {
  const waits = heads.filter((head) => head.lane === lane).flatMap((head) => firstWaitMs(head) ?? []);
  const p99 = waits.sort((a, b) => a - b)[Math.ceil(waits.length * P99) - 1];
  return p99 === undefined ? { kind: "unknown" } : known(p99);
}

/** In an empty lane nothing waits. Elsewhere what the living workers claimed says it; if nothing does, it is unknown. */
export async function laneWaits(world: World, living: readonly WorkerId[]): Promise<Record<Lane, LaneWait>> {
  const depths = await Promise.all(lanes.map((lane) => world.queue.depth(lane)));
  const empty = lanes.map((_, i) => depths[i]?.kind === "known" && depths[i].visible === 0);
  const heads = empty.every((isEmpty) => isEmpty) ? [] : await sample(world, living);
  const waitAt = (lane: Lane): LaneWait => (empty[lanes.indexOf(lane)] ? known(0) : waitOf(lane, heads));
  return { high: waitAt("high"), normal: waitAt("normal"), low: waitAt("low") };
}
