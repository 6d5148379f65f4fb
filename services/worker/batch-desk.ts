/** Calls to the Message Batches API: each takes a permit of its own limit class, whatever models the batch names. */
import type { Lane } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { otherClasses } from "../contract/rate.ts";
import type { BatchCallOptions, Batched, BatchModel } from "../ports/batch-model.ts";
import type { ModelFailure } from "../ports/model.ts";
import type { CallEnd } from "./call-end.ts";
import type { WorkerDeps } from "./deps.ts";
import { endedBy } from "./ended-by.ts";
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
  readonly #deps: Pick<WorkerDeps, "batchModel" | "clock">;
  readonly #permits: Permits;

  constructor(deps: Pick<WorkerDeps, "batchModel" | "clock">, permits: Permits) {
    this.#deps = deps;
    this.#permits = permits;
  }

  permit({ lane, signal }: Asker): Promise<Permit | Unasked> {
    const asked = { run: {}, lane, limitClass: otherClasses.batches, estimate: NO_TOKENS, signal };
    return this.#permits.take(asked);
  }

  /** Makes a call with a permit that was taken for it. It is aborted after `limits.batchWholeMs`, whatever it has read by then. */
  async withPermit<T>(permit: Permit, stop: AbortSignal, act: Act<T>): Promise<Batched<T>> {
    const { batchModel, clock } = this.#deps;
    const { signal, over } = endedBy(stop);
    let end: CallEnd = { kind: "failed", code: "connection", message: "the call broke", billed: "maybe" };
    try {
      if (batchModel === undefined) {
        end = { kind: "unused" };
        return NONE;
      }
      clock.sleep(limits.batchWholeMs, signal).then(over);
      const answer = await act(batchModel, { signal, timeoutMs: limits.batchCallMs });
      end = answer.kind === "done" ? { kind: "done" } : answer;
      return answer;
    } finally {
      over();
      permit.settle(end);
    }
  }

  async call<T>(asker: Asker, act: Act<T>): Promise<Batched<T> | Unasked> {
    const permit = await this.permit(asker);
    return permit.kind === "permit" ? this.withPermit(permit, asker.signal, act) : permit;
  }
}
