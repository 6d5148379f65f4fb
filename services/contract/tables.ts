/** The table: attribute and index names and every key. Nothing else builds a key. */
import type { FlightId } from "./batch.ts";
import type { BudgetId } from "./budgets.ts";
import type { Digest, Lane, Pool, RunId, TenantId, WorkerId } from "./ids.ts";
import { limits } from "./limits.ts";
import type { MemoKey } from "./memo.ts";

/** Types of the key attributes of the table and its indexes. */
export const keyTypes = {
  pk: "S",
  sk: "S",
  tenantKey: "S",
  createdKey: "S",
  holder: "S",
  dueAtMs: "N",
  openShard: "S",
  deadlineAtMs: "N",
} as const;

/** Names that the CDK construct, the local provisioner and the adapters share. */
export const table = {
  pk: "pk",
  sk: "sk",
  ttl: "expiresAt",
  byTenant: { name: "byTenant", pk: "tenantKey", sk: "createdKey", include: ["state", "agent", "lane"] },
  byHolder: { name: "byHolder", pk: "holder", sk: "dueAtMs" },
  byDeadline: { name: "byDeadline", pk: "openShard", sk: "deadlineAtMs" },
} as const;

/** Primary key of an item. */
export type ItemKey = { readonly pk: string; readonly sk: string };

/** Whose rate an item limits. */
export type LimitName = { readonly platform: string; readonly workspace: string; readonly limitClass: string };

/** Number of the shard of a text: FNV-1a, stable for ever because keys are stored with it. */
export function shardOf(text: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}

const pad = (n: number, width: number): string => String(n).padStart(width, "0");

export const keys = {
  head: (id: RunId): ItemKey => ({ pk: `RUN#${id}`, sk: "HEAD" }),
  turn: (id: RunId, turn: number, epoch: number): ItemKey => ({
    pk: `RUN#${id}`,
    sk: `TURN#${pad(turn, 6)}#${pad(epoch, 12)}`,
  }),
  /** Sort keys of the turns from `turn` on, of any epoch. */
  turnsFrom: (turn: number): string => `TURN#${pad(turn, 6)}`,
  turnsEnd: "TURN#~",
  tool: (id: RunId, toolUseId: string): ItemKey => ({ pk: `RUN#${id}`, sk: `TOOL#${toolUseId}` }),
  live: (id: RunId): ItemKey => ({ pk: `RUN#${id}`, sk: "LIVE" }),
  content: (hash: Digest): ItemKey => ({ pk: `CONTENT#${hash}`, sk: "CONTENT" }),
  flight: (id: FlightId): ItemKey => ({ pk: `FLIGHT#${id}`, sk: "FLIGHT" }),
  batch: (batchId: string): ItemKey => ({ pk: `BATCH#${batchId}`, sk: "BATCH" }),
  memo: ({ tenant, call }: MemoKey): ItemKey => ({ pk: `MEMO#${tenant}#${call}`, sk: "MEMO" }),
  worker: (id: WorkerId): ItemKey => ({ pk: fleetShard(shardOf(id, limits.fleetShards)), sk: `WORKER#${id}` }),
  apiKey: (hash: Digest): ItemKey => ({ pk: apiKeyPartition, sk: hash }),
  budget: (id: BudgetId): ItemKey => ({ pk: `BUDGET#${id}`, sk: "BUDGET" }),
  budgetSettings: { pk: "ONE", sk: "BUDGETS" } satisfies ItemKey,
  backlog: { pk: "ONE", sk: "BACKLOG" } satisfies ItemKey,
  lease: { pk: "ONE", sk: "LEASE" } satisfies ItemKey,
  metricTotal: (role: string): ItemKey => ({ pk: metricPartition, sk: `TOTAL#${role}` }),
  metricMinute: (minute: number, role: string): ItemKey => ({
    pk: metricPartition,
    sk: `${metricMinutes(minute)}${role}`,
  }),
  gauges: { pk: "METRICS", sk: "NOW" } satisfies ItemKey,
  scalingState: { pk: "SCALING", sk: "STATE" } satisfies ItemKey,
  demandProfile: { pk: "SCALING", sk: "PROFILE" } satisfies ItemKey,
  capacitySummary: { pk: "SCALING", sk: "SUMMARY" } satisfies ItemKey,
  manualOrder: { pk: "SCALING", sk: "ORDER" } satisfies ItemKey,
  kick: { pk: "SCALING", sk: "KICK" } satisfies ItemKey,
  wake: { pk: "SCALING", sk: "WAKE" } satisfies ItemKey,
  poolAnswer: (pool: Pool, kind: string): ItemKey => ({ pk: poolAnswers, sk: `${pool}#${kind}` }),
  scalingEvent: (id: string): ItemKey => ({ pk: scalingHistory, sk: id }),
  book: (hour: number, owner: string): ItemKey => ({ pk: bookPartition(hour), sk: `BOOK#${owner}` }),
  late: (hour: number): ItemKey => ({ pk: bookPartition(hour), sk: "LATE" }),
  daySheet: (day: string): ItemKey => ({ pk: sheetPartition(day), sk: "DAY" }),
  hourSheet: (day: string, hour: number): ItemKey => ({ pk: sheetPartition(day), sk: `HOUR#${hour}` }),
  ledger: { pk: "ONE", sk: "LEDGER" } satisfies ItemKey,
  limit: (name: LimitName): ItemKey => ({
    pk: `LIMIT#${name.platform}#${name.workspace}#${name.limitClass}`,
    sk: "LIMIT",
  }),
  tenant: (tenant: TenantId, shard: number): string => `${tenant}#${shard}`,
  created: (atMs: number, id: RunId): string => `${pad(atMs, 14)}#${id}`,
  queueHolder: (lane: Lane, id: RunId): string => queueHolder(lane, shardOf(id, limits.queueShards)),
  parkHolder: (id: RunId): string => parkHolder(shardOf(id, limits.queueShards)),
  openShard: (id: RunId): string => openShard(shardOf(id, limits.queueShards)),
} as const;

/** Partition of all API keys. */
export const apiKeyPartition = "KEYS";
/** Partition of all metrics, and how the sort keys of a minute begin: minutes, then the gauges, then the totals. */
export const metricPartition = "METRICS";
export const metricMinutes = (minute: number): string => `MINUTE#${pad(minute, 10)}#`;
export const metricTotals = "TOTAL#";
/** Partitions of what pools answered, and of the history of scaling. */
export const poolAnswers = "ANSWERS";
export const scalingHistory = "SCALED";
/** Partition of the workers of one shard. */
export const fleetShard = (shard: number): string => `FLEET#${shard}`;
/** Holder of the queued runs of a lane, and of runs parked until their `dueAtMs`. Each lane waits in its own time, so it is looked at alone. */
export const queueHolder = (lane: Lane, shard: number): string => `QUEUE#${lane}#${shard}`;
export const parkHolder = (shard: number): string => `PARK#${shard}`;
/** Shard of all open runs, whoever holds them, in the order of their deadlines. */
export const openShard = (shard: number): string => `OPEN#${shard}`;
/** Partition of the books of an hour (hours since 1970), and of the sheets of a UTC day. */
export const bookPartition = (hour: number): string => `BOOKS#${hour}`;
export const sheetPartition = (day: string): string => `COSTS#${day}`;
/** What an ended run has for a holder: who booked its last turn in which span of time, or that its books are to be completed. */
export const doneHolder = (owner: string, span: number): string => `DONE#${owner}#${span}`;
export const owedHolder = (id: RunId): string => owedShard(shardOf(id, limits.owedShards));
export const owedShard = (shard: number): string => `OWED#${shard}`;
/** Whether it is no holder, but what an ended run has instead. */
export const isEndMark = (holder: string): boolean => /^(DONE|OWED)#/.test(holder);
/** Whether a holder is a worker, not a queue or park shard. */
export const isWorkerHolder = (holder: string): boolean => holder.startsWith("w_");

/** Beginnings of object keys: what a run needs goes after `keepEndedMs`, a tenant's documents stay. */
export const objectPrefixes = { content: "content/", runs: "runs/", documents: "documents/", costs: "costs/" } as const;

/** Object keys. */
export const objects = {
  content: (hash: Digest): string => `${objectPrefixes.content}${hash}`,
  turn: (id: RunId, turn: number, epoch: number): string => `${objectPrefixes.runs}${id}/${turn}-${epoch}`,
  tool: (id: RunId, toolUseId: string): string => `${objectPrefixes.runs}${id}/tool-${toolUseId}`,
  document: (tenant: TenantId, name: string): string => `${objectPrefixes.documents}${tenant}/${name}`,
  /** A page of costs too large for its item; named by its content, so that what is written never changes. */
  costs: ({ pk, sk }: ItemKey, hash: Digest): string => `${objectPrefixes.costs}${pk}/${sk}/${hash}`,
} as const;
