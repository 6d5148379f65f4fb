import type { RunState } from "../contract/failures.ts";
import type { AgentName, RunId, TenantId } from "../contract/ids.ts";

/** One page of a tenant's runs. */
export type TenantQuery = {
  readonly tenant: TenantId;
  readonly state?: RunState | undefined;
  readonly agent?: AgentName | undefined;
  readonly limit: number;
  /** Only runs that sort after this position (newest first): `createdKey` of the last run given. */
  readonly after?: string | undefined;
};

/** A page of ids; `next` continues it and is absent at the end. A page may be short and still have a next. */
export type IdPage = { readonly ids: readonly RunId[]; readonly next?: string };

/** Looks runs up by their indexes; eventually consistent, so a caller reads the heads it acts on. */
export interface RunIndex {
  /** Newest first. */
  byTenant(query: TenantQuery): Promise<IdPage>;
  /** Open runs of a holder with `dueAtMs` at most `dueByMs`, earliest first, at most `limits.sweepPage`. */
  byHolder(holder: string, dueByMs: number, after?: string): Promise<IdPage>;
  /** All open runs of a holder, earliest first, at most `limits.censusPage`: for who only needs their ids, of many. */
  allOfHolder(holder: string, after?: string): Promise<IdPage>;
  /** Open runs of an `openShard`, whoever holds them, with a deadline of at most `byMs`, earliest first, at most `limits.sweepPage`. */
  byDeadline(shard: string, byMs: number, after?: string): Promise<IdPage>;
}
