/** `Model` over the Messages API: one streamed HTTP request a call, no retry of its own, an idle watchdog. */
import Anthropic from "@anthropic-ai/sdk";
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import type { Stream } from "@anthropic-ai/sdk/streaming";
import { type Clock, OVER } from "../../ports/clock.ts";
import type { Model, ModelAnswer, ModelCallOptions, ModelFailure, ModelRequest } from "../../ports/model.ts";
import { Accumulator } from "./accumulate.ts";
import { failureOf } from "./classify.ts";

export type AnthropicSettings = {
  readonly apiKey: string;
  readonly baseURL?: string | undefined;
  readonly clock: Clock;
};

/** Our request in the API's words. Tools, schemas and messages go out byte for byte as they were frozen. */
function bodyOf(request: ModelRequest) {
  return {
    model: request.model,
    max_tokens: request.maxTokens,
    system: request.system,
    messages: request.messages,
    cache_control: { type: "ephemeral" },
    stream: true,
    ...(request.tools.length === 0 ? {} : { tools: request.tools }),
    ...(request.outputSchema === undefined
      ? {}
      : { output_config: { format: { type: "json_schema", schema: request.outputSchema } } }),
  };
}

/** Aborts when `touch` was not called for `idleMs`; one timer a call, however many events come. */
async function watchIdle(idle: { last: number; abort(): void }, idleMs: number, clock: Clock, over: AbortSignal) {
  while (!over.aborted) {
    const left = idle.last + idleMs - clock.monotonicMs();
    if (left <= 0) return idle.abort();
    await clock.sleep(left, over);
  }
}

const cut = (message: string, code: ModelFailure["code"]): ModelFailure => ({
  kind: "failed",
  code,
  message,
  billed: "maybe",
});

async function stream(client: Anthropic, clock: Clock, request: ModelRequest, options: ModelCallOptions) {
  const over = new AbortController();
  const idleAbort = new AbortController();
  const idle = { last: clock.monotonicMs(), abort: () => idleAbort.abort(OVER) };
  const answer = new Accumulator();
  let streaming = false;
  watchIdle(idle, options.idleMs, clock, over.signal);
  try {
    const sent = await client
      .post<Stream<RawMessageStreamEvent>>("/v1/messages", {
        body: bodyOf(request),
        stream: true,
        signal: AbortSignal.any([options.signal, idleAbort.signal]),
        headers: { "x-muster-run-id": request.runId, "x-muster-turn": String(request.turn) },
      })
      .withResponse();
    streaming = true;
    for await (const event of sent.data) {
      idle.last = clock.monotonicMs();
      const text = answer.take(event);
      if (text !== "") options.onText?.(text);
    }
    return finish(answer, sent.request_id ?? undefined, { idle: idleAbort.signal, caller: options.signal });
  } catch (error) {
    if (idleAbort.signal.aborted) return cut(`no event for ${options.idleMs} ms`, "idle-stream");
    if (options.signal.aborted) return cut("aborted by the worker", "aborted");
    return failureOf(error, streaming);
  } finally {
    over.abort(OVER);
  }
}

function finish(
  answer: Accumulator,
  requestId: string | undefined,
  aborts: { idle: AbortSignal; caller: AbortSignal },
): ModelAnswer | ModelFailure {
  if (answer.complete) {
    const { model, messageId, usage, stopReason } = answer;
    return {
      kind: "answer",
      model,
      messageId,
      requestId,
      content: answer.content(),
      stopReason: stopReason ?? "",
      usage,
    };
  }
  if (aborts.idle.aborted) return cut("no event in time", "idle-stream");
  if (aborts.caller.aborted) return cut("aborted by the worker", "aborted");
  return cut("the stream ended before message_stop", "connection");
}

/** The Claude API, or whatever speaks its protocol at `baseURL`. */
export function anthropicModel({ apiKey, baseURL, clock }: AnthropicSettings): Model {
  const client = new Anthropic({ apiKey, baseURL: baseURL ?? null, maxRetries: 0, openTelemetry: false });
  return { call: (request, options) => stream(client, clock, request, options) };
}
