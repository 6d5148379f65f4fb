/** `Model` over the Messages API of any platform: one streamed HTTP request a call, no retry of its own, an idle watchdog. */
import type { Readable } from "node:stream";
import { APIError, type BaseAnthropic } from "@anthropic-ai/sdk";
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { type Clock, OVER } from "../../ports/clock.ts";
import type { Model, ModelAnswer, ModelCallOptions, ModelFailure, ModelRequest } from "../../ports/model.ts";
import { Accumulator } from "./accumulate.ts";
import { failureOf, failureOfEvent } from "./classify.ts";
import { ratesOf } from "./rate-headers.ts";
import { readEvents, type StreamEnd } from "./read-events.ts";
import { requestBody, requestWay } from "./request-body.ts";

/** A client of the SDK (each must send a call once), the bytes of its answers, and the platform's names of models. */
export type Connection = {
  readonly client: Pick<BaseAnthropic, "post">;
  bodyOf(response: Response): Readable | undefined;
  modelId(model: string): string;
};

type Idle = { last: number; silent: boolean };
type Watch = { readonly idleMs: number; readonly clock: Clock; abort(): void };

/** Aborts when nothing came for `idleMs`; one timer a call, however many events come. */
async function watchIdle(idle: Idle, { idleMs, clock, abort }: Watch, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const left = idle.last + idleMs - clock.monotonicMs();
    if (left <= 0) {
      idle.silent = true;
      return abort();
    }
    await clock.sleep(left, over);
  }
}

const cut = (message: string, code: ModelFailure["code"], billed: ModelFailure["billed"]): ModelFailure => ({
  kind: "failed",
  code,
  message,
  billed,
});

/** One request of the SDK, its bytes read from our own transport. `began` is told when the answer begins. */
async function ask(
  { client, bodyOf, modelId }: Connection,
  request: ModelRequest,
  call: { signal: AbortSignal; began(headers: Headers): void; take(event: RawMessageStreamEvent): void },
): Promise<{ end: StreamEnd; headers: Headers }> {
  const { path, headers } = requestWay(request);
  const response = await client
    .post(path, {
      body: requestBody({ ...request, model: modelId(request.model) }),
      stream: true,
      signal: call.signal,
      headers: { ...headers, "x-muster-run-id": request.runId, "x-muster-turn": String(request.turn) },
    })
    .asResponse();
  call.began(response.headers);
  const body = bodyOf(response);
  if (body === undefined) throw new Error("the answer has no body");
  const end = await readEvents(body, call.take);
  return { end, headers: response.headers };
}

function outcomeOf(answer: Accumulator, { end, headers }: Awaited<ReturnType<typeof ask>>): ModelAnswer | ModelFailure {
  if (end.kind === "error-event") return failureOfEvent(end.type, end.message);
  if (!answer.complete) return cut("the stream ended before message_stop", "connection", "maybe");
  const { model, messageId, usage, stopReason, clearedTokens } = answer;
  const content = answer.content();
  const requestId = headers.get("request-id") ?? undefined;
  const said = { model, messageId, requestId, content, stopReason: stopReason ?? "", usage };
  return { kind: "answer", ...said, ...(clearedTokens === undefined ? {} : { clearedTokens }) };
}

async function callOnce(connection: Connection, clock: Clock, request: ModelRequest, options: ModelCallOptions) {
  if (options.signal.aborted) return cut("aborted before it was sent", "aborted", "no");
  const over = new AbortController();
  const stop = new AbortController();
  const abort = () => stop.abort(OVER);
  const idle = { last: clock.monotonicMs(), silent: false };
  const answer = new Accumulator();
  let streaming = false;
  options.signal.addEventListener("abort", abort, { once: true });
  watchIdle(idle, { idleMs: options.idleMs, clock, abort }, over.signal);
  try {
    const sent = await ask(connection, request, {
      signal: stop.signal,
      began: (headers) => {
        streaming = true;
        options.onBegin?.();
        options.onRates?.(ratesOf(headers));
      },
      take: (event) => {
        idle.last = clock.monotonicMs();
        const text = answer.take(event);
        if (text !== "") options.onText?.(text);
      },
    });
    return outcomeOf(answer, sent);
  } catch (error) {
    if (idle.silent) return cut(`no event for ${options.idleMs} ms`, "idle-stream", "maybe");
    if (options.signal.aborted) return cut("aborted by the worker", "aborted", "maybe");
    if (error instanceof APIError && error.headers !== undefined) options.onRates?.(ratesOf(error.headers));
    return failureOf(error, streaming);
  } finally {
    options.signal.removeEventListener("abort", abort);
    over.abort(OVER);
  }
}

/** The model behind a connection. */
export const messagesModel = (connection: Connection, clock: Clock): Model => ({
  call: (request, options) => callOnce(connection, clock, request, options),
});
