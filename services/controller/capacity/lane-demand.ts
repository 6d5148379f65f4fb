/** What waits in each lane, and for how long the oldest of it. */
import type { LaneDemand, Signal } from "../../contract/capacity.ts";
import type { Lane } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { queueHolder } from "../../contract/tables.ts";
import { detailOf } from "../message-of.ts";
import { oldestHead } from "../oldest-head.ts";
import type { World } from "../world.ts";

/** Lanes whose runs are in a hurry: a long wait there is a burst. */
const HURRY: ReadonlySet<Lane> = new Set(["high", "normal"]);

/**
 * Age of the run that waits longest, since its last wake-up was sent, in some of the lane's shards: other shards each time. A run's
 * shard is a hash of its id, so each tells of all. Undefined when none is found there.
 */
async function oldestMs(world: World, lane: Lane, turn: number): Promise<number | undefined> {
  const nowMs = world.clock.nowMs();
  const ages: number[] = [];
  for (let i = 0; i < limits.oldestShards; i++) {
    const shard = (turn * limits.oldestShards + i) % limits.queueShards;
    const { ids } = await world.index.byHolder(queueHolder(lane, shard), Number.MAX_SAFE_INTEGER);
    const head = await oldestHead(world, ids);
    if (head?.state === "QUEUED" && head.dueAtMs !== undefined) ages.push(Math.max(0, nowMs - head.dueAtMs));
  }
  return ages.length === 0 ? undefined : Math.max(...ages);
}

async function demandOf(world: World, lane: Lane, turn: number): Promise<Signal<LaneDemand>> {
  try {
    const depth = await world.queue.depth(lane);
    if (depth.kind === "unknown") return depth;
    const { visible } = depth;
    const atMs = world.clock.nowMs();
    const oldest = visible > 0 && HURRY.has(lane) ? await oldestMs(world, lane, turn) : undefined;
    return { kind: "known", atMs, value: { visible, ...(oldest === undefined ? {} : { oldestMs: oldest }) } };
  } catch (error) {
    return { kind: "unknown", because: detailOf(error) };
  }
}

/** `turn` counts decisions. A lane that cannot be measured is unknown. */
export async function laneDemand(world: World, turn: number): Promise<Record<Lane, Signal<LaneDemand>>> {
  const [high, normal, low] = await Promise.all([
    demandOf(world, "high", turn),
    demandOf(world, "normal", turn),
    demandOf(world, "low", turn),
  ]);
  return { high, normal, low };
}
