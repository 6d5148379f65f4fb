/** Lookups by tenant, by holder and by deadline. The indexes lag a little behind the heads. */
import { runId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { keys, table } from "../../contract/tables.ts";
import type { IdPage, RunIndex, TenantQuery } from "../../ports/run-index.ts";
import { runIdIn } from "./head-item.ts";
import { attribute, type Item, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";
import { mergeShards, type ShardRead } from "./tenant-merge.ts";

/** A shard of a listing while it is read; `from` is the key to go on from. */
type Shard = ShardRead & { readonly tenantKey: string; readonly from: Item | undefined };

/** The run index over the table's three indexes. */
export function dynamoRunIndex(io: TableIo): RunIndex {
  return {
    byTenant: (query) => byTenant(io, query),
    byHolder: (holder, byMs, after) => upTo(io, table.byHolder, { pk: holder, byMs, after }),
    allOfHolder: (holder, after) => upTo(io, table.byHolder, { pk: holder, limit: limits.censusPage, after }),
    byDeadline: (shard, byMs, after) => upTo(io, table.byDeadline, { pk: shard, byMs, after }),
  };
}

async function byTenant(io: TableIo, query: TenantQuery): Promise<IdPage> {
  let shards = await Promise.all(
    Array.from({ length: limits.tenantShards }, (_, number) => {
      const tenantKey = keys.tenant(query.tenant, number);
      return readShard(io, query, { tenantKey, rows: [], examinedTo: "", from: undefined });
    }),
  );
  let merged = mergeShards(shards, query.limit);
  // A filter can leave a page short; go on for a few rounds, then let the caller go on.
  for (let round = 1; round < limits.listRoundsMax && !merged.full; round++) {
    shards = await Promise.all(shards.map((shard) => (shard.from ? readShard(io, query, shard) : shard)));
    merged = mergeShards(shards, query.limit);
  }
  return merged.next === undefined ? { ids: merged.ids } : { ids: merged.ids, next: merged.next };
}

/** Reads one more page of a shard. */
async function readShard(io: TableIo, query: TenantQuery, shard: Shard): Promise<Shard> {
  const { name, pk, sk } = table.byTenant;
  const filters = { state: query.state, agent: query.agent };
  const used = Object.entries(filters).filter(([, value]) => value !== undefined);
  const filter = used.map(([field]) => `#${field} = :${field}`).join(" AND ");
  const { items, from } = await io.page({
    IndexName: name,
    KeyConditionExpression: query.after === undefined ? `${pk} = :pk` : `${pk} = :pk AND ${sk} < :after`,
    ...(used.length === 0
      ? {}
      : {
          FilterExpression: filter,
          ExpressionAttributeNames: Object.fromEntries(used.map(([field]) => [`#${field}`, field])),
        }),
    ExpressionAttributeValues: toItem({
      ":pk": shard.tenantKey,
      ":after": query.after,
      ...Object.fromEntries(used.map(([field, value]) => [`:${field}`, value])),
    }),
    ScanIndexForward: false,
    Limit: used.length === 0 ? query.limit : limits.pageMax,
    ...(shard.from ? { ExclusiveStartKey: shard.from } : {}),
  });
  const rows = items.map((item) => ({ position: text(item, sk), id: runIdIn(item) }));
  return { ...shard, rows: [...shard.rows, ...rows], examinedTo: from ? text(from, sk) : "end", from };
}

/** An index whose sort key is a time. */
type TimeIndex = typeof table.byHolder | typeof table.byDeadline;
type TimeQuery = {
  readonly pk: string;
  /** Absent: up to any time. */
  readonly byMs?: number;
  readonly limit?: number;
  readonly after: string | undefined;
};

/** Entries of a partition up to a time, earliest first. */
async function upTo(io: TableIo, index: TimeIndex, query: TimeQuery): Promise<IdPage> {
  const { pk, byMs = Number.MAX_SAFE_INTEGER, limit = limits.sweepPage, after } = query;
  const { items, from } = await io.page({
    IndexName: index.name,
    KeyConditionExpression: `${index.pk} = :pk AND ${index.sk} <= :by`,
    ExpressionAttributeValues: { ":pk": attribute(pk), ":by": attribute(byMs) },
    Limit: limit,
    ...(after === undefined ? {} : { ExclusiveStartKey: startOf(index, pk, after) }),
  });
  const ids = items.map(runIdIn);
  return from ? { ids, next: `${from[index.sk]?.N}#${runIdIn(from)}` } : { ids };
}

/** The index key of a position `time#runId`. */
function startOf(index: TimeIndex, pk: string, after: string): Item {
  const [timeMs, id] = after.split("#");
  return toItem({ [index.pk]: pk, [index.sk]: Number(timeMs), ...keys.head(runId.parse(id)) });
}

function text(item: Item, field: string): string {
  const value = item[field]?.S;
  if (value === undefined) throw new TypeError(`an index entry without ${field}`);
  return value;
}
