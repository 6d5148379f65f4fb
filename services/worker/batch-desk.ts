/** Calls to the Message Batches API: each takes a permit of its own limit class, whatever models the batch names. */
import type { Lane } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { otherClasses } from "../contract/rate.ts";
import type { BatchCallOptions, Batched, BatchModel } from "../ports/batch-model.ts";
import type { ModelFailure } from "../ports/model.ts";
import type { CallEnd } from "./call-end.ts";
import type { Permit } from "./gate-parts.ts";
import type { Permits } from "./permits.ts";

/** `held`: nothing of the class starts for so long. */
export type Unasked = { readonly kind: "held"; readonly waitMs: number } | { readonly kind: "stopped" };
type Act<T> = (model: BatchModel, options: BatchCallOptions) => Promise<Batched<T>>;
type Asker = { readonly lane: Lane; readonly signal: AbortSignal };

/** The backend has no batches; what was sent when it had is asked for again later. */
const NONE: ModelFailure = { kind: "failed", code: "server-error", message: "no batches here", billed: "no" };
const NO_TOKENS = { inputTokens: 0, outputTokens: 0 };

export class BatchDesk {
  readonly #model: BatchModel | undefined;
  readonly #permits: Permits;

  constructor(model: BatchModel | undefined, permits: Permits) {
    this.#model = model;
    this.#permits = permits;
  }

  permit({ lane, signal }: Asker): Promise<Permit | Unasked> {
    const asked = { run: {}, lane, limitClass: otherClasses.batches, estimate: NO_TOKENS, signal };
    return this.#permits.take(asked);
  }

  /** Makes a call with a permit that was taken for it. */
  async withPermit<T>(permit: Permit, signal: AbortSignal, act: Act<T>): Promise<Batched<T>> {
    let end: CallEnd = { kind: "failed", code: "connection", message: "the call broke", billed: "maybe" };
    try {
      if (this.#model === undefined) {
        end = { kind: "unused" };
        return NONE;
      }
      const answer = await act(this.#model, { signal, timeoutMs: limits.batchCallMs });
      end = answer.kind === "done" ? { kind: "done" } : answer;
      return answer;
    } finally {
      permit.settle(end);
    }
  }

  async call<T>(asker: Asker, act: Act<T>): Promise<Batched<T> | Unasked> {
    const permit = await this.permit(asker);
    return permit.kind === "permit" ? this.withPermit(permit, asker.signal, act) : permit;
  }
}
