/** Lookups by tenant and by holder. Both indexes lag a little behind the heads. */
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

/** The run index over the table's two indexes. */
export function dynamoRunIndex(io: TableIo): RunIndex {
  return {
    byTenant: (query) => byTenant(io, query),
    byHolder: (holder, dueByMs, after) => byHolder(io, { holder, dueByMs, after }),
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

type HolderQuery = { readonly holder: string; readonly dueByMs: number; readonly after: string | undefined };

async function byHolder(io: TableIo, { holder, dueByMs, after }: HolderQuery): Promise<IdPage> {
  const { name, pk, sk } = table.byHolder;
  const { items, from } = await io.page({
    IndexName: name,
    KeyConditionExpression: `${pk} = :holder AND ${sk} <= :due`,
    ExpressionAttributeValues: { ":holder": attribute(holder), ":due": attribute(dueByMs) },
    Limit: limits.sweepPage,
    ...(after === undefined ? {} : { ExclusiveStartKey: holderStart(holder, after) }),
  });
  const ids = items.map(runIdIn);
  return from ? { ids, next: `${from[sk]?.N}#${runIdIn(from)}` } : { ids };
}

/** The index key of a position `dueAtMs#runId`. */
function holderStart(holder: string, after: string): Item {
  const [due, id] = after.split("#");
  const { pk, sk } = table.byHolder;
  return toItem({ [pk]: holder, [sk]: Number(due), ...keys.head(runId.parse(id)) });
}

function text(item: Item, field: string): string {
  const value = item[field]?.S;
  if (value === undefined) throw new TypeError(`an index entry without ${field}`);
  return value;
}
