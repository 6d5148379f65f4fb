/** How long runs wait in each lane before their first claim: from what workers hold now, or from an empty lane. */
import { type Lane, lanes, type WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import type { LaneWait } from "../core/recovery.ts";
import { firstWaitMs } from "../core/told-run.ts";
import { readHeads } from "./read-heads.ts";
import type { World } from "./world.ts";

const P99 = 0.99;

/** What a worker holds, at most `sweepPages` pages of it: the earliest due, so that claims of late may be missing. */
async function heldBy(world: World, worker: WorkerId): Promise<RunHead[]> {
  const heads: RunHead[] = [];
  let after: string | undefined;
  for (let page = 0; page < limits.sweepPages; page++) {
    const { ids, next } = await world.index.byHolder(worker, Number.MAX_SAFE_INTEGER, after);
    if (ids.length > 0) heads.push(...(await readHeads(world, ids)).heads);
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

/** Who asks: workers that live, and tenants at their cap, of whose waits no other's can be told. */
export type LanesSeen = { readonly living: readonly WorkerId[]; readonly heldBack: ReadonlySet<string> };

/**
 * In an empty lane nothing waits. Elsewhere what the living workers claimed says it; if nothing does, it is unknown. Who held a
 * message back had a slot free for any other tenant's, so that those wait no longer than that is ago, where no claim says more.
 */
export async function laneWaits(world: World, { living, heldBack }: LanesSeen): Promise<Record<Lane, LaneWait>> {
  const depths = await Promise.all(lanes.map((lane) => world.queue.depth(lane)));
  const empty = lanes.map((_, i) => depths[i]?.kind === "known" && depths[i].visible === 0);
  const sampled = empty.every((isEmpty) => isEmpty) ? [] : await sample(world, living);
  const heads = sampled.filter(({ tenant }) => !heldBack.has(tenant));
  const nowMs = world.clock.nowMs();
  const waitAt = (lane: Lane): LaneWait => {
    if (empty[lanes.indexOf(lane)]) return known(0);
    const wait = waitOf(lane, heads, nowMs);
    return wait.kind === "unknown" && heldBack.size > 0 ? known(limits.tenantHeldMs) : wait;
  };
  return { high: waitAt("high"), normal: waitAt("normal"), low: waitAt("low") };
}
