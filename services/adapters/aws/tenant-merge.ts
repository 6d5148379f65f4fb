/** Merges the shards of a tenant's listing: newest first, without a gap, whatever each shard has been read to. */
import type { RunId } from "../../contract/ids.ts";

/** One listed run; `position` is its `createdKey`. */
export type Row = { readonly position: string; readonly id: RunId };

/** What was read of a shard: its matches, and the position down to which it was examined ("end": all of it). */
export type ShardRead = { readonly rows: readonly Row[]; readonly examinedTo: string | "end" };

export type Merged = { readonly ids: readonly RunId[]; readonly next?: string; readonly full: boolean };

/**
 * The newest `limit` rows that no unread row can precede. `next` is the position to go on from; `full` says whether
 * reading further would change this page.
 */
export function mergeShards(shards: readonly ShardRead[], limit: number): Merged {
  const open = shards.map((shard) => shard.examinedTo).filter((position) => position !== "end");
  const bound = open.sort().at(-1) ?? "";
  const ready = shards
    .flatMap((shard) => shard.rows)
    .filter((row) => row.position >= bound)
    .sort((a, b) => (a.position < b.position ? 1 : a.position > b.position ? -1 : 0));
  const page = ready.slice(0, limit);
  const ids = page.map((row) => row.id);
  const last = page.at(-1);
  if (ready.length > limit && last) return { ids, next: last.position, full: true };
  return open.length === 0 ? { ids, full: true } : { ids, next: bound, full: page.length === limit };
}
