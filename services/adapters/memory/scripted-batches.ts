import { limits } from "../../contract/limits.ts";
import { HOUR } from "../../contract/units.ts";
import type {
  BatchCallOptions,
  Batched,
  BatchItem,
  BatchModel,
  BatchRequest,
  BatchStatus,
} from "../../ports/batch-model.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ModelFailure } from "../../ports/model.ts";
import type { ModelStep } from "./scripted-model.ts";

type Operation = keyof BatchModel;
/** What the next call of an operation does: it is refused, or done with its answer lost. */
type Trouble = ModelFailure | "lost-answer";
/** What becomes of one request. A model that says nothing more makes it expire. */
export type BatchStep = ModelStep | Extract<BatchItem["result"], { kind: "failed" | "gone" }>;

type Made = { readonly status: Omit<BatchStatus, "ended">; readonly requests: readonly BatchRequest[]; endsMs: number };

/** Batches that end after a time, and do with each request what they were told. */
export type ScriptedBatches = BatchModel & {
  /** Batches that were made, in order, with the requests of each. */
  readonly made: readonly Pick<Made, "status" | "requests">[];
  /** Calls by operation. */
  readonly calls: Readonly<Record<Operation, number>>;
  /** How long a batch takes that is made from now on; an hour when never set. */
  takes(ms: number): void;
  /** What becomes of each request; a short text when never set. It is asked once for each. */
  otherwise(step: (request: BatchRequest) => BatchStep): void;
  failNext(operation: Operation, trouble: Trouble): void;
};

const USAGE = { inputTokens: 100, outputTokens: 20, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 };

const lost: ModelFailure = { kind: "failed", code: "connection", message: "scripted: lost", billed: "maybe" };
const rejected = (message: string): ModelFailure => ({
  kind: "failed",
  code: "request-rejected",
  message,
  billed: "no",
});

/** On the given clock; answers come at once. */
export function scriptedBatches(clock: Clock): ScriptedBatches {
  const made: Made[] = [];
  const calls = { create: 0, look: 0, madeIn: 0, results: 0, cancel: 0 };
  const troubles = new Map<Operation, Trouble[]>();
  const items = new Map<string, readonly BatchItem[]>();
  let takesMs = HOUR;
  let step: (request: BatchRequest) => BatchStep = () => ({
    kind: "answer",
    content: [{ type: "text", text: "Done." }],
    stopReason: "end_turn",
  });

  const resultOf = (asked: BatchRequest, number: string): BatchItem => {
    const does = step(asked);
    if (does.kind === "stall") return { customId: asked.customId, result: { kind: "gone", because: "expired" } };
    if (does.kind === "fail") {
      const result = { kind: "failed", code: does.code, message: `scripted: ${does.code}`, billed: "no" } as const;
      return { customId: asked.customId, result };
    }
    if (does.kind !== "answer") return { customId: asked.customId, result: does };
    const { content, stopReason, usage } = does;
    const ids = { messageId: `msg_${number}`, requestId: undefined, model: asked.request.model };
    const result = { kind: "answer", ...ids, content, stopReason, usage: { ...USAGE, ...usage } } as const;
    return { customId: asked.customId, result };
  };
  const statusOf = ({ status, endsMs }: Made): BatchStatus => ({ ...status, ended: clock.nowMs() >= endsMs });
  const find = (id: string) => made.find(({ status }) => status.id === id);
  const itemsOf = ({ status: { id }, requests }: Made): readonly BatchItem[] => {
    const known = items.get(id) ?? requests.map((one, i) => resultOf(one, `${id}_${i}`)).toReversed();
    items.set(id, known);
    return known;
  };

  async function call<T>(
    operation: Operation,
    { signal }: BatchCallOptions,
    act: () => Batched<T>,
  ): Promise<Batched<T>> {
    if (signal.aborted) return { kind: "failed", code: "aborted", message: "aborted before it was sent", billed: "no" };
    calls[operation]++;
    const trouble = troubles.get(operation)?.shift();
    if (trouble !== undefined && trouble !== "lost-answer") return trouble;
    const answer = act();
    return trouble === undefined ? answer : lost;
  }

  return {
    made,
    calls,
    takes: (ms) => {
      takesMs = ms;
    },
    otherwise: (does) => {
      step = does;
    },
    failNext: (operation, trouble) => void troubles.set(operation, [...(troubles.get(operation) ?? []), trouble]),
    create: (requests, options) =>
      call("create", options, () => {
        const status = { id: `msgbatch_${made.length + 1}`, createdAtMs: clock.nowMs(), size: requests.length };
        const one = { status, requests, endsMs: clock.nowMs() + takesMs };
        made.push(one);
        return { kind: "done", value: statusOf(one) };
      }),
    look: (id, options) =>
      call("look", options, () => {
        const one = find(id);
        return one === undefined ? rejected(`no batch ${id}`) : { kind: "done", value: statusOf(one) };
      }),
    madeIn: ({ fromMs, untilMs }, options) =>
      call("madeIn", options, () => {
        const found = made.filter(({ status: { createdAtMs } }) => createdAtMs >= fromMs && createdAtMs <= untilMs);
        if (found.length > limits.batchListMax)
          return { ...lost, message: `scripted: more than ${limits.batchListMax} batches` };
        return { kind: "done", value: found.map(statusOf).toReversed() };
      }),
    results: (id, options) =>
      call("results", options, () => {
        const one = find(id);
        if (one === undefined || !statusOf(one).ended) return rejected(`no results of ${id}`);
        return { kind: "done", value: itemsOf(one) };
      }),
    cancel: (id, options) =>
      call("cancel", options, () => {
        const one = find(id);
        if (one === undefined) return rejected(`no batch ${id}`);
        if (!statusOf(one).ended) {
          one.endsMs = clock.nowMs();
          items.set(
            id,
            one.requests.map(({ customId }) => ({ customId, result: { kind: "gone", because: "canceled" } })),
          );
        }
        return { kind: "done", value: statusOf(one) };
      }),
  };
}
