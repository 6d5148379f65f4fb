/** One act on every run that a filter finds, at a rate and within a bound on runs and time; a cursor continues it. */
import type { BulkResult } from "../contract/http.ts";
import { type AgentName, type Lane, runId, type TenantId } from "../contract/ids.ts";
import type { ApiKey } from "../contract/keys.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import { keys } from "../contract/tables.ts";
import { encodeCursor, readCursor } from "./cursor.ts";
import type { ApiParts } from "./deps.ts";
import { inParallel } from "./in-parallel.ts";
import { type Refusal, refuse } from "./problem.ts";
import { queueFull } from "./queue-full.ts";
import { readHeads } from "./read-heads.ts";

/** Which runs, how fast, and where to go on. Without a tenant the caller's own runs are meant. */
export type Bulk = {
  readonly filter: {
    readonly tenant?: TenantId | undefined;
    readonly agent?: AgentName | undefined;
    readonly state: RunHead["state"];
    readonly reason?: RunHead["reason"] | undefined;
  };
  readonly ratePerSecond: number;
  readonly limit: number;
  readonly cursor?: string | undefined;
};

/** What became of one run. `no-room`: nothing, and others of its lane have to wait as well. */
export type Acted =
  | { readonly kind: "changed" }
  | { readonly kind: "left"; readonly because: string }
  | { readonly kind: "no-room"; readonly lane: Lane };
export type Act = (head: RunHead) => Promise<Acted>;

/** A run as it came out of an act that may refuse it. */
export const actedOr = (outcome: { readonly kind: string } | Refusal): Acted =>
  "problem" in outcome ? { kind: "left", because: outcome.problem.detail } : { kind: "changed" };

type Pass = {
  changed: number;
  passed: number;
  left: BulkResult["left"];
  after: string | undefined;
  full: Lane | undefined;
  readonly untilMs: number;
  readonly act: Act;
};

const UNREAD =
  "another version of this system wrote the run, and this one cannot read it; ask again when all have the same";

/** Sorts before every run of its time. */
const firstId = runId.parse(`run_${"2".repeat(26)}`);
const positionOf = ({ createdAtMs, runId: id }: RunHead): string => keys.created(createdAtMs, id);
/** Where a list of runs, newest first, begins with this one. */
const before = ({ createdAtMs }: RunHead): string => keys.created(createdAtMs + 1, firstId);

/** Counts what became of a group. Goes no further than the first run without room: it is the first of the next call. */
function settle(pass: Pass, group: readonly RunHead[], outcomes: readonly Acted[]): void {
  group.forEach((head, n) => {
    const outcome = outcomes[n];
    if (outcome?.kind === "changed") pass.changed++;
    if (outcome?.kind === "no-room" && pass.full === undefined) {
      pass.full = outcome.lane;
      pass.after ??= before(head);
    }
    if (pass.full !== undefined) return;
    if (outcome?.kind === "left") pass.left.push({ id: head.runId, because: outcome.because });
    pass.after = positionOf(head);
  });
}

/**
 * Acts on the heads in groups, each followed by the wait that its size costs at the rate. False when the time is over, or a lane
 * has no room.
 */
async function actOn(parts: ApiParts, bulk: Bulk, { pass, heads }: { pass: Pass; heads: readonly RunHead[] }) {
  const size = Math.min(limits.requestParallel, bulk.ratePerSecond);
  for (let i = 0; i < heads.length; i += size) {
    if (parts.clock.monotonicMs() >= pass.untilMs) return false;
    const group = heads.slice(i, i + size);
    const outcomes = await inParallel(group, pass.act);
    settle(pass, group, outcomes);
    if (pass.full !== undefined) return false;
    await parts.clock.sleep((group.length / bulk.ratePerSecond) * 1_000, parts.stopping);
  }
  return true;
}

/** `isMeant` says of a run that a page named whether the act still belongs to it; absent, while it is in the state asked for. */
export type BulkAct = {
  readonly caller: ApiKey;
  readonly bulk: Bulk;
  readonly act: Act;
  readonly isMeant?: (head: RunHead) => boolean;
};

/**
 * Acts on at most `limit` runs, newest first. 403 for another tenant's runs unless the caller is an operator. The index may
 * lag and runs move: one that is not meant any more when it is read is passed over and counted. Throws when the store fails;
 * what was done stays done, and the same request does the rest. A lane without room ends it: 429 where nothing was done.
 */
export async function bulkChange(
  parts: ApiParts,
  { caller, bulk, act, isMeant = (head) => head.state === bulk.filter.state }: BulkAct,
): Promise<BulkResult | Refusal> {
  const { tenant = caller.tenant, agent, state, reason } = bulk.filter;
  if (tenant !== caller.tenant && caller.role !== "operator")
    return refuse("forbidden", "a key with the role tenant changes its own runs; leave `tenant` out");
  const from = readCursor("bulk", bulk.cursor);
  if (from.kind === "refused") return from;
  const untilMs = parts.clock.monotonicMs() + limits.bulkCallMs;
  const pass: Pass = { changed: 0, passed: 0, left: [], after: from.cursor?.after, full: undefined, untilMs, act };
  const result = (): BulkResult => {
    const cursor = pass.after === undefined ? {} : { cursor: encodeCursor({ list: "bulk", after: pass.after }) };
    const full = pass.full === undefined ? {} : { full: pass.full };
    return { changed: pass.changed, passed: pass.passed, left: pass.left, ...cursor, ...full };
  };
  while (pass.changed + pass.left.length < bulk.limit && parts.clock.monotonicMs() < untilMs) {
    const limit = bulk.limit - pass.changed - pass.left.length;
    const page = await parts.index.byTenant({ tenant, agent, state, limit, after: pass.after });
    const { heads, unread } = await readHeads(parts, page.ids, "bulk");
    const meant = heads.filter(isMeant);
    pass.passed += heads.length - meant.length;
    const matching = meant.filter((head) => reason === undefined || head.reason === reason);
    const isDone = await actOn(parts, bulk, { pass, heads: matching });
    if (pass.full !== undefined && pass.changed + pass.left.length === 0) return queueFull(pass.full);
    if (!isDone) return result();
    for (const id of unread) pass.left.push({ id, because: UNREAD });
    pass.after = page.next;
    if (page.next === undefined) break;
  }
  return result();
}
