import type { RunId } from "../contract/ids.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";

/** A new head was stored, or one was there: expired ones count as absent and are replaced. */
export type CreateOutcome = { readonly kind: "created" } | { readonly kind: "exists"; readonly head: RunHead };

/** The head after the write; or the head (read consistently) that refused it, absent when there is none. */
export type WriteOutcome =
  | { readonly kind: "written"; readonly head: RunHead }
  | { readonly kind: "refused"; readonly head: RunHead | undefined };

/**
 * Heads of runs: the truth. Reads are consistent. A call that gets no answer throws; its write may have happened.
 * A write that a lost answer made look refused is reported as written (`core/head-write.ts`, `wasApplied`).
 */
export interface RunStore {
  create(head: RunHead, nowMs: number): Promise<CreateOutcome>;
  /**
   * At most `limits.readBatchMax` ids; absent and expired runs are left out. Order as asked. Throws `UnreadableRuns`, with the
   * heads that it could read, where another version wrote some.
   */
  read(ids: readonly RunId[], nowMs: number): Promise<RunHead[]>;
  write(id: RunId, write: HeadWrite): Promise<WriteOutcome>;
}
