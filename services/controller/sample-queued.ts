/** Queued runs of a lane, fairly chosen and counted, at a cost that does not grow with them. */
import type { Lane, RunId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import { queueHolder } from "../contract/tables.ts";
import { fairSample } from "../core/fair-sample.ts";
import { readHeads } from "./read-heads.ts";
import type { World } from "./world.ts";

/** Heads of some queued runs, and how many are queued in all; `atLeast` when there are more than anybody can count. */
export type QueuedSample = { readonly heads: readonly RunHead[]; readonly total: number; readonly atLeast: boolean };

type Shard = { readonly ids: readonly RunId[]; readonly pages: number; readonly isWhole: boolean };

/** Ids of a shard, as far as `pagesMax` pages go. */
async function listShard({ index }: World, holder: string, pagesMax: number): Promise<Shard> {
  const ids: RunId[] = [];
  let after: string | undefined;
  for (let pages = 1; ; pages++) {
    const page = await index.allOfHolder(holder, after);
    ids.push(...page.ids);
    after = page.next;
    if (after === undefined || pages === pagesMax) return { ids, pages, isWhole: after === undefined };
  }
}

/**
 * Ids of as many whole shards as `censusPages` pages hold, from a random one on. Within a shard runs lie in the order of their
 * last send, so a part of one would show only those who wait longest; but a run's shard is a hash of its id, so a whole
 * one shows everybody. Only of a lane that is too deep for a single whole shard the part has to do.
 */
async function listLane(world: World, lane: Lane): Promise<{ ids: readonly RunId[]; share: number; isWhole: boolean }> {
  const first = Math.floor(world.chance.fraction() * limits.queueShards);
  const whole: (readonly RunId[])[] = [];
  let pagesLeft: number = limits.censusPages;
  while (whole.length < limits.queueShards && pagesLeft > 0) {
    const holder = queueHolder(lane, (first + whole.length) % limits.queueShards);
    const shard = await listShard(world, holder, pagesLeft);
    pagesLeft -= shard.pages;
    if (shard.isWhole) whole.push(shard.ids);
    else if (whole.length === 0) return { ids: shard.ids, share: 1 / limits.queueShards, isWhole: false };
    else break;
  }
  return { ids: whole.flat(), share: whole.length / limits.queueShards, isWhole: true };
}

/**
 * Reads at most `censusSample` heads. What the index shows and is queued no more counts for nothing, nor does one that cannot be
 * read. Throws when the store fails.
 */
export async function sampleQueued(world: World, lane: Lane): Promise<QueuedSample> {
  const { ids, share, isWhole } = await listLane(world, lane);
  const chosen = fairSample(ids, limits.censusSample, () => world.chance.fraction());
  const heads: RunHead[] = [];
  for (let i = 0; i < chosen.length; i += limits.readBatchMax) {
    const read = await readHeads(world, chosen.slice(i, i + limits.readBatchMax));
    heads.push(...read.heads.filter((head) => head.state === "QUEUED"));
  }
  const queued = chosen.length === 0 ? 0 : heads.length / chosen.length;
  return { heads, total: Math.round((ids.length * queued) / share), atLeast: !isWhole };
}
