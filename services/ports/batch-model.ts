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

/** How long an answer may take to begin; the signal ends the call, and the reading of what it answers. */
export type BatchCallOptions = { readonly signal: AbortSignal; readonly timeoutMs: number };

/** A time in which batches were made, both ends included. */
export type BatchWindow = { readonly fromMs: number; readonly untilMs: number };

/** What a call gives, or how it failed; `billed: "maybe"` of a creation says that a batch may have been made. */
export type Batched<T> = { readonly kind: "done"; readonly value: T } | ModelFailure;

/** The Message Batches API: one HTTP request a call (two for results, one for each page of a list), no retry of its own. */
export interface BatchModel {
  create(requests: readonly BatchRequest[], options: BatchCallOptions): Promise<Batched<BatchStatus>>;
  look(id: string, options: BatchCallOptions): Promise<Batched<BatchStatus>>;
  /** Batches made in that time, newest first; more than `limits.batchListMax` are a failure, not a shorter list. */
  madeIn(window: BatchWindow, options: BatchCallOptions): Promise<Batched<readonly BatchStatus[]>>;
  /** What became of every request of a batch that has ended, in any order; never a part of them. */
  results(id: string, options: BatchCallOptions): Promise<Batched<readonly BatchItem[]>>;
  /** Asks to stop a batch; what was answered by then is billed. */
  cancel(id: string, options: BatchCallOptions): Promise<Batched<BatchStatus>>;
}
