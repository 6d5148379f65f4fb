/** The batches of a world: a creation may be lost on its way or on the way back, one takes its time, and each answer is billed once. */
import type {
  BatchCallOptions,
  Batched,
  BatchItem,
  BatchModel,
  BatchRequest,
  BatchStatus,
  BatchWindow,
} from "../../../services/ports/batch-model.ts";
import type { Observer } from "../checks/observer.ts";
import type { Dice } from "../engine/dice.ts";
import type { Faults } from "../engine/faults.ts";
import type { Network } from "../engine/network.ts";
import type { Options } from "../engine/options.ts";
import { EPOCH_MS, type SimProcess } from "../engine/sim-process.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { SimModel } from "./model.ts";
import type { RunFiles } from "./run-file.ts";

export type SimBatchesParts = {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly options: Options;
  readonly network: Network;
  readonly files: RunFiles;
  readonly checks: Required<Observer>;
  readonly model: SimModel;
};

type Batch = {
  readonly status: Omit<BatchStatus, "ended">;
  readonly requests: readonly BatchRequest[];
  items: readonly BatchItem[] | undefined;
};

/** Shortest and longest time that a batch takes. */
const TAKES_MS = [1_000, 10_000] as const;

const failed = (code: "connection" | "request-rejected" | "overloaded", billed: "no" | "maybe") =>
  ({ kind: "failed", code, message: `simulated: ${code}`, billed }) as const;

export class SimBatches {
  readonly #parts: SimBatchesParts;
  readonly #batches: Batch[] = [];

  constructor(parts: SimBatchesParts) {
    this.#parts = parts;
  }

  /** The batches as one process calls them. */
  of(process: SimProcess): BatchModel {
    return {
      create: (requests, options) => {
        for (const { request } of requests)
          this.#parts.checks.acts(process, "model call", this.#parts.files.of(request.runId));
        return this.#call(process, options, { name: "batches.create", isWrite: true, act: () => this.#make(requests) });
      },
      look: (id, options) => this.#call(process, options, { name: "batches.look", act: () => this.#one(id, statusOf) }),
      madeIn: (window, options) =>
        this.#call(process, options, {
          name: "batches.madeIn",
          act: () => ({ kind: "done", value: this.#madeIn(window) }),
        }),
      results: (id, options) =>
        this.#call(process, options, { name: "batches.results", act: () => this.#one(id, ({ items }) => items) }),
      cancel: (id, options) =>
        this.#call(process, options, { name: "batches.cancel", isWrite: true, act: () => this.#one(id, cancelled) }),
    };
  }

  async #call<T>(
    process: SimProcess,
    { signal }: BatchCallOptions,
    call: { readonly name: string; readonly isWrite?: boolean; act(): Batched<T> },
  ): Promise<Batched<T>> {
    if (signal.aborted) return failed("connection", "no");
    const { name, isWrite = false, act } = call;
    try {
      return await this.#parts.network.call(process, { name, isWrite, act: async () => act() });
    } catch {
      return failed("connection", "maybe");
    }
  }

  #make(requests: readonly BatchRequest[]): Batched<BatchStatus> {
    const { time, dice } = this.#parts;
    if (this.#strikes()) return failed("overloaded", "no");
    const createdAtMs = Math.floor(EPOCH_MS + time.nowMs);
    const status = { id: `batch_${this.#batches.length}`, createdAtMs, size: requests.length };
    const batch: Batch = { status, requests, items: undefined };
    this.#batches.push(batch);
    time.after(dice.between(...TAKES_MS), () => this.#end(batch));
    return { kind: "done", value: statusOf(batch) };
  }

  #strikes(): boolean {
    const { dice, faults, options } = this.#parts;
    if (!faults.may("model-overloaded") || !dice.happens(options.modelFaults)) return false;
    faults.count("model-overloaded");
    return true;
  }

  /** Answers what was not cancelled; some requests fail by themselves, unbilled. */
  #end(batch: Batch): void {
    const { files, model } = this.#parts;
    batch.items ??= batch.requests
      .map(({ customId, request }): BatchItem => {
        if (this.#strikes()) return { customId, result: failed("overloaded", "no") };
        const file = files.of(request.runId);
        file.billed++;
        return { customId, result: model.answer(file, request) };
      })
      .toReversed();
  }

  #madeIn({ fromMs, untilMs }: BatchWindow): BatchStatus[] {
    return this.#batches
      .filter(({ status }) => status.createdAtMs >= fromMs && status.createdAtMs <= untilMs)
      .map(statusOf)
      .toReversed();
  }

  #one<T>(id: string, of: (batch: Batch) => T | undefined): Batched<T> {
    const found = this.#batches.find(({ status }) => status.id === id);
    const value = found && of(found);
    return value === undefined ? failed("request-rejected", "no") : { kind: "done", value };
  }
}

const statusOf = ({ status, items }: Batch): BatchStatus => ({ ...status, ended: items !== undefined });

function cancelled(batch: Batch): BatchStatus {
  batch.items ??= batch.requests.map(({ customId }) => ({ customId, result: { kind: "gone", because: "canceled" } }));
  return statusOf(batch);
}
