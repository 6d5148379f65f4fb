import type { ModelAnswer, ModelFailure, ModelRequest } from "./model.ts";

/** One request of a batch; `customId` is unique in it. */
export type BatchRequest = { readonly customId: string; readonly request: ModelRequest };

/** What the API tells of a batch. Counts by fate are 0 before all of it has ended, so only the size is of use until then. */
export type BatchStatus = {
  readonly id: string;
  readonly createdAtMs: number;
  readonly size: number;
  readonly ended: boolean;
};

/** What became of one request. Only answers are billed. `gone`: expired, or cancelled with its batch. */
export type BatchItem = {
  readonly customId: string;
  readonly result: ModelAnswer | ModelFailure | { readonly kind: "gone"; readonly because: "expired" | "canceled" };
};

/** How long a call may take; the signal ends it before. */
export type BatchCallOptions = { readonly signal: AbortSignal; readonly timeoutMs: number };

/** What a call gives, or how it failed; `billed: "maybe"` of a creation says that a batch may have been made. */
export type Batched<T> = { readonly kind: "done"; readonly value: T } | ModelFailure;

/** The Message Batches API: one HTTP request a call (two for results), no retry of its own. */
export interface BatchModel {
  create(requests: readonly BatchRequest[], options: BatchCallOptions): Promise<Batched<BatchStatus>>;
  look(id: string, options: BatchCallOptions): Promise<Batched<BatchStatus>>;
  /** Batches made at `sinceMs` or later, newest first; more than `limits.batchListMax` are a failure, not a shorter list. */
  recent(sinceMs: number, options: BatchCallOptions): Promise<Batched<readonly BatchStatus[]>>;
  /** What became of every request of a batch that has ended, in any order. */
  results(id: string, options: BatchCallOptions): Promise<Batched<readonly BatchItem[]>>;
  /** Asks to stop a batch; what was answered by then is billed. */
  cancel(id: string, options: BatchCallOptions): Promise<Batched<BatchStatus>>;
}
