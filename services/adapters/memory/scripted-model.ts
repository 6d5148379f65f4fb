import type { ModelFailureCode } from "../../contract/failures.ts";
import type { RunId } from "../../contract/ids.ts";
import type { Usage } from "../../contract/run.ts";
import type { ContentBlock, Json } from "../../contract/turn.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Model, ModelAnswer, ModelCallOptions, ModelFailure, ModelRequest } from "../../ports/model.ts";

/** What one call does. `afterMs` is its latency; text streams in pieces spread evenly over it. */
export type ModelStep =
  | {
      readonly kind: "answer";
      readonly content: readonly ContentBlock[];
      readonly stopReason: string;
      readonly usage?: Partial<Usage>;
      readonly afterMs?: number;
    }
  | {
      readonly kind: "fail";
      readonly code: ModelFailureCode;
      readonly billed: "no" | "maybe";
      readonly afterMs?: number;
      readonly retryAfterMs?: number;
    }
  /** Sends nothing more, for ever. */
  | { readonly kind: "stall" };

/** A model that does what it was told beforehand. */
export type ScriptedModel = Model & {
  /** Every request, in the order in which they came. */
  readonly calls: readonly ModelRequest[];
  /** The next calls of a run do these steps, in order. */
  script(runId: RunId, steps: readonly ModelStep[]): void;
  /** What a call does when its run has no step left; a short text when never set. */
  otherwise(step: (request: ModelRequest) => ModelStep): void;
};

/** An answer of one text. */
export const say = (text: string, afterMs = 0): ModelStep => ({
  kind: "answer",
  content: [{ type: "text", text }],
  stopReason: "end_turn",
  afterMs,
});

/** An answer that asks for tools; the ids are the caller's, because records are kept under them. */
export const ask = (
  uses: readonly { readonly id: string; readonly name: string; readonly input: Json }[],
  afterMs = 0,
): ModelStep => ({
  kind: "answer",
  content: uses.map((use) => ({ type: "tool_use", ...use })),
  stopReason: "tool_use",
  afterMs,
});

const PIECES = 4;
const USAGE: Usage = {
  inputTokens: 100,
  outputTokens: 20,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
};

/** Latency, stalls and the idle bound are on the given clock. */
export function scriptedModel(clock: Clock): ScriptedModel {
  const scripts = new Map<RunId, ModelStep[]>();
  const calls: ModelRequest[] = [];
  let fallback: (request: ModelRequest) => ModelStep = () => say("Done.");
  return {
    calls,
    script: (runId, steps) => void scripts.set(runId, [...(scripts.get(runId) ?? []), ...steps]),
    otherwise: (step) => {
      fallback = step;
    },
    call: async (request, options) => {
      if (options.signal.aborted) return failed("aborted", "no");
      calls.push(request);
      const number = calls.length;
      const step = scripts.get(request.runId)?.shift() ?? fallback(request);
      if (step.kind === "stall") return silence(clock, options);
      if (step.kind === "answer") return answer(clock, options, { request, step, number });
      await clock.sleep(step.afterMs ?? 0, options.signal);
      if (options.signal.aborted) return failed("aborted", "maybe");
      const { retryAfterMs } = step;
      return { ...failed(step.code, step.billed), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    },
  };
}

const failed = (code: ModelFailureCode, billed: "no" | "maybe"): ModelFailure => ({
  kind: "failed",
  code,
  message: `scripted: ${code}`,
  billed,
});

async function silence(clock: Clock, { signal, idleMs }: ModelCallOptions): Promise<ModelFailure> {
  await clock.sleep(idleMs, signal);
  return failed(signal.aborted ? "aborted" : "idle-stream", "maybe");
}

type Answering = { request: ModelRequest; step: Extract<ModelStep, { kind: "answer" }>; number: number };

async function answer(clock: Clock, options: ModelCallOptions, call: Answering): Promise<ModelAnswer | ModelFailure> {
  const { request, step, number } = call;
  const pieceMs = (step.afterMs ?? 0) / PIECES;
  if (pieceMs > options.idleMs) return silence(clock, options);
  const text = step.content.map((block) => (typeof block.text === "string" ? block.text : "")).join("");
  for (let i = 0; i < PIECES; i++) {
    await clock.sleep(pieceMs, options.signal);
    if (options.signal.aborted) return failed("aborted", "maybe");
    if (i === 0) options.onBegin?.();
    const piece = text.slice(Math.floor((i * text.length) / PIECES), Math.floor(((i + 1) * text.length) / PIECES));
    if (piece !== "") options.onText?.(piece);
  }
  return {
    kind: "answer",
    model: request.model,
    messageId: `msg_${number}`,
    requestId: `req_${number}`,
    content: step.content,
    stopReason: step.stopReason,
    usage: { ...USAGE, ...step.usage },
  };
}
