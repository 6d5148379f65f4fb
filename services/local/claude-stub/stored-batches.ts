/** The batches that the stub remembers. */
import type { Json } from "./narrow.ts";
import { Refusal } from "./refusal.ts";

/** Most batches; the oldest are forgotten first. */
const MAX_BATCHES = 10_000;

/** A request of a batch, not looked at before the batch is processed. */
export type Item = { readonly customId: string; readonly params: Json };
/** What became of a request, and the line of the results that tells it. */
export type Fate = "succeeded" | "errored" | "canceled" | "expired";
export type Result = { readonly fate: Fate; readonly line: string };
/** A batch; times are epoch milliseconds. It has results once it has ended. */
export type Batch = {
  readonly id: string;
  readonly items: readonly Item[];
  readonly createdAt: number;
  readonly endsAt: number;
  canceledAt: number | undefined;
  endedAt: number | undefined;
  results: readonly Result[];
};

/** What a batch is told to do; `loseNext` creations are made and their answers lost. */
export type BatchPlan = { delayMs: number; loseNext: number };

/** The batches of one stub. */
export class Batches {
  readonly #all = new Map<string, Batch>();
  readonly plan: BatchPlan = { delayMs: 2_000, loseNext: 0 };

  add(batch: Batch): void {
    this.#all.set(batch.id, batch);
    for (const oldest of this.#all.keys()) if (this.#all.size > MAX_BATCHES) this.#all.delete(oldest);
  }

  /** Throws a 404 for one that is not there. */
  find(id: string): Batch {
    const found = this.#all.get(id);
    if (found === undefined) throw new Refusal(404, `Message batch ${id} not found`);
    return found;
  }

  /** Newest first. */
  all(): readonly Batch[] {
    return [...this.#all.values()].toReversed();
  }
}
