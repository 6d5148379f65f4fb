/** `BatchModel` over the Message Batches API: every call is sent once. */
import Anthropic from "@anthropic-ai/sdk";
import type { MessageBatch, MessageBatchIndividualResponse } from "@anthropic-ai/sdk/resources/messages";
import { limits } from "../../contract/limits.ts";
import type {
  BatchCallOptions,
  Batched,
  BatchItem,
  BatchModel,
  BatchStatus,
  BatchWindow,
} from "../../ports/batch-model.ts";
import type { ModelAnswer, ModelFailure, ModelRequest } from "../../ports/model.ts";
import { Accumulator } from "./accumulate.ts";
import type { ApiKey } from "./api-key.ts";
import { failureOf, failureOfEvent } from "./classify.ts";
import { messageEvents } from "./message-events.ts";
import { requestBody } from "./request-body.ts";

export type BatchSettings = { readonly apiKey: ApiKey; readonly baseURL?: string | undefined };

const statusOf = ({ id, created_at, processing_status, request_counts: counts }: MessageBatch): BatchStatus => ({
  id,
  createdAtMs: Date.parse(created_at),
  size: counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired,
  ended: processing_status === "ended",
});

/** A request in a batch is not streamed, and may not ask for beta features: no turn that needs clearing is sent in one. */
function paramsOf(request: ModelRequest) {
  const { stream: _stream, ...params } = requestBody({ ...request, clearing: undefined });
  return params;
}

function answerOf(message: Anthropic.Message): ModelAnswer {
  const answer = new Accumulator();
  for (const event of messageEvents(message)) answer.take(event);
  const { model, messageId, usage, stopReason } = answer;
  const content = answer.content();
  return { kind: "answer", model, messageId, requestId: undefined, content, stopReason: stopReason ?? "", usage };
}

function itemOf({ custom_id: customId, result }: MessageBatchIndividualResponse): BatchItem {
  if (result.type === "succeeded") return { customId, result: answerOf(result.message) };
  if (result.type !== "errored") return { customId, result: { kind: "gone", because: result.type } };
  const { type, message } = result.error.error;
  return { customId, result: { ...failureOfEvent(type, message), billed: "no" } };
}

async function done<T>({ signal }: BatchCallOptions, act: () => Promise<T>): Promise<Batched<T>> {
  const aborted = (billed: ModelFailure["billed"]): ModelFailure => ({
    kind: "failed",
    code: "aborted",
    message: "aborted by the worker",
    billed,
  });
  if (signal.aborted) return aborted("no");
  try {
    return { kind: "done", value: await act() };
  } catch (error) {
    return signal.aborted ? aborted("maybe") : failureOf(error, false);
  }
}

/** The batches of the Claude API, or of whatever speaks its protocol at `baseURL`. */
export function anthropicBatches({ apiKey, baseURL }: BatchSettings): BatchModel {
  const client = new Anthropic({ apiKey, baseURL: baseURL ?? null, maxRetries: 0, openTelemetry: false });
  const { batches } = client.messages;
  const terms = ({ signal, timeoutMs }: BatchCallOptions) => ({ signal, timeout: timeoutMs });

  /** Newest first: batches made later are passed over, however many they are. */
  async function madeIn({ fromMs, untilMs }: BatchWindow, options: BatchCallOptions): Promise<readonly BatchStatus[]> {
    const found: BatchStatus[] = [];
    let pages = 0;
    const first = await batches.list({ limit: limits.batchListPage }, terms(options));
    for await (const page of first.iterPages()) {
      for (const status of page.data.map(statusOf)) {
        if (status.createdAtMs < fromMs) return found;
        if (status.createdAtMs > untilMs) continue;
        if (found.push(status) > limits.batchListMax) throw new Error(`more than ${limits.batchListMax} batches`);
      }
      if (++pages >= limits.batchListPages && page.hasNextPage())
        throw new Error(`more than ${pages} pages of batches`);
    }
    return found;
  }

  async function results(id: string, options: BatchCallOptions): Promise<readonly BatchItem[]> {
    const items: BatchItem[] = [];
    for await (const item of await batches.results(id, undefined, terms(options))) items.push(itemOf(item));
    return items;
  }

  return {
    create: (requests, options) =>
      done(options, async () => {
        const all = requests.map(({ customId, request }) => ({ custom_id: customId, params: paramsOf(request) }));
        return statusOf(await client.post("/v1/messages/batches", { body: { requests: all }, ...terms(options) }));
      }),
    look: (id, options) => done(options, async () => statusOf(await batches.retrieve(id, undefined, terms(options)))),
    madeIn: (window, options) => done(options, () => madeIn(window, options)),
    results: (id, options) => done(options, () => results(id, options)),
    cancel: (id, options) => done(options, async () => statusOf(await batches.cancel(id, undefined, terms(options)))),
  };
}
