import type { RunId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import { readHeads } from "./read-heads.ts";
import type { World } from "./world.ts";

/**
 * The head of the first of these runs, which the index gives the oldest first; of one page. Of those that cannot be read none tells
 * how long it waits, and the next one that can stands for them. Undefined where none is there.
 */
export async function oldestHead(world: World, ids: readonly RunId[]): Promise<RunHead | undefined> {
  if (ids.length === 0) return undefined;
  const first = await readHeads(world, ids.slice(0, 1));
  if (first.unread.size === 0 || ids.length === 1) return first.heads[0];
  const { heads } = await readHeads(world, ids.slice(1, limits.readBatchMax));
  return heads[0];
}
