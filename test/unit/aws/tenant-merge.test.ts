import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeShards, type Row, type ShardRead } from "../../../services/adapters/aws/tenant-merge.ts";
import { aRunId } from "../../support/ids.ts";

const SHARDS = 4;
type Stored = Row & { readonly shard: number; readonly matches: boolean };

const someRuns = fc
  .array(fc.record({ at: fc.nat(30), shard: fc.nat(SHARDS - 1), matches: fc.boolean() }), { maxLength: 60 })
  .map((runs) =>
    runs.map(({ at, shard, matches }, i): Stored => {
      const id = aRunId();
      return { position: `${String(at).padStart(3, "0")}#${i}#${id}`, id, shard, matches };
    }),
  );
const newestFirst = (a: Row, b: Row) => (a.position < b.position ? 1 : -1);

/** Reads the first `count` entries of a shard after a position, as an index does: it examines all, gives the matches. */
function readShard(runs: readonly Stored[], shard: number, after: string | undefined, count: number): ShardRead {
  const own = runs.filter((run) => run.shard === shard && (after === undefined || run.position < after));
  const seen = own.sort(newestFirst).slice(0, count);
  return {
    rows: seen.filter((run) => run.matches),
    examinedTo: seen.length < own.length ? (seen.at(-1)?.position ?? "") : "end",
  };
}

describe("mergeShards", () => {
  test("pages are complete, newest first, without repeat, whatever each shard was read to", () => {
    const reads = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: SHARDS, maxLength: SHARDS });
    fc.assert(
      fc.property(someRuns, reads, fc.integer({ min: 1, max: 9 }), (runs, counts, limit) => {
        const ids: string[] = [];
        let after: string | undefined;
        for (let pages = 0; pages <= runs.length + 1; pages++) {
          const merged = mergeShards(
            counts.map((count, shard) => readShard(runs, shard, after, count)),
            limit,
          );
          expect(merged.ids.length).toBeLessThanOrEqual(limit);
          ids.push(...merged.ids);
          after = merged.next;
          if (after === undefined) break;
        }
        expect(after).toBeUndefined();
        expect(ids).toEqual(
          runs
            .filter((run) => run.matches)
            .sort(newestFirst)
            .map((run) => run.id),
        );
      }),
    );
  });

  test("a page that reading further would fill is not full", () => {
    const id = aRunId();
    const shards: ShardRead[] = [
      { rows: [{ position: "9", id }], examinedTo: "8" },
      { rows: [{ position: "5", id: aRunId() }], examinedTo: "end" },
    ];
    expect(mergeShards(shards, 2)).toEqual({ ids: [id], next: "8", full: false });
    expect(mergeShards(shards, 1)).toMatchObject({ ids: [id], full: true });
  });
});
