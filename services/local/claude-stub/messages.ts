/** `POST /v1/messages` and `/v1/messages/count_tokens`: from a parsed body to a delivery or a refusal. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type PromptSplit, segmentsOf } from "./cache.ts";
import { CLEARING_BETA, type Cleared, clearToolUses, wireCleared } from "./clearing.ts";
import { type Break, deliver } from "./deliver.ts";
import type { FaultKind } from "./faults.ts";
import { type Pace, paceOf } from "./latency.ts";
import { NO_BILL, type OpenCall } from "./ledger.ts";
import { finish, type Play } from "./play.ts";
import { draftFor } from "./plays/choose.ts";
import { transcriptOf } from "./plays/transcript.ts";
import { priceOf } from "./prices.ts";
import { hash32, type Random, seeded } from "./random.ts";
import { errorBody, invalid, Refusal } from "./refusal.ts";
import { type MessagesRequest, parseRequest } from "./request.ts";
import type { StubState } from "./state.ts";
import { limitedInput, type Usage, usageOf } from "./usage.ts";
import { frame, frameCount, frames, jsonMessage } from "./wire.ts";

/** Header that names the run of a call. The API ignores it; the stub counts by it. */
export const RUN_HEADER = "x-muster-run-id";

/** Header that numbers the turn of a call. */
export const TURN_HEADER = "x-muster-turn";

/** Longest run id that is told apart. */
const MAX_RUN_ID_CHARS = 200;

/** Organisation that every answer names. */
export const ORGANIZATION_ID = "00000000-0000-4000-8000-00000000c1a0";

/** One call from its arrival on. */
export interface Call {
  readonly res: ServerResponse;
  readonly requestId: string;
  readonly arrivedAt: number;
  readonly open: OpenCall;
  readonly random: Random;
  /** Beta features that the request names. */
  readonly betas: string;
  /** Class of the model, once the body has been read; error answers carry its rate-limit headers too. */
  modelClass: string | undefined;
}

function headerText(req: IncomingMessage, name: string): string {
  const value = req.headers[name];
  return typeof value === "string" ? value.slice(0, MAX_RUN_ID_CHARS) : "";
}

/** A request that has just come in; times are the stub's own clock. */
export type Arrival = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly arrivedAt: number;
  readonly requestId: string;
};

/** Counts a call and gives it its own chance, which depends on run, turn and attempt but not on the order of arrival. */
export function openCall(state: StubState, arrival: Arrival): Call {
  const { req, ...rest } = arrival;
  const runId = headerText(req, RUN_HEADER);
  const turn = Number.parseInt(headerText(req, TURN_HEADER), 10);
  const open = state.ledger.start(runId, Number.isSafeInteger(turn) ? turn : 0, arrival.arrivedAt);
  const random = seeded(hash32(`${state.seed} ${runId} ${open.turn} ${open.attempt}`));
  return { ...rest, open, random, betas: headerText(req, "anthropic-beta"), modelClass: undefined };
}

/** The parsed body of a call, checked in the order of the API: JSON first, then fields. */
export function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, "The request body is not valid JSON");
  }
}

function statusFault(fault: FaultKind | undefined, stream: boolean): Refusal | undefined {
  if (fault?.kind === "status") {
    const { status, retryAfterS, errorCode } = fault;
    const more = {
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
      ...(errorCode === undefined ? {} : { errorCode }),
    };
    return new Refusal(status, status === 529 ? "Overloaded" : `Fault on demand (${status})`, more);
  }
  return fault?.kind === "overloaded-event" && !stream ? new Refusal(529, "Overloaded") : undefined;
}

function breakOf(fault: FaultKind | undefined, count: number): Break | undefined {
  if (fault === undefined || fault.kind === "status") return undefined;
  const last = count - 1;
  const half = Math.max(1, Math.floor(count / 2));
  const wanted = fault.kind === "lose-reply" ? last : fault.afterChunks === undefined ? half : fault.afterChunks + 1;
  return { kind: fault.kind, beforeFrame: Math.min(last, wanted) };
}

function admit(state: StubState, request: MessagesRequest, usage: Usage, now: number): void {
  const verdict = state.limits.admit(request.rules.modelClass, limitedInput(usage), now);
  if (verdict.kind === "admitted") return;
  state.limited++;
  const { by, limit, retryAfterS } = verdict;
  const message = `This request would exceed your organization's rate limit of ${limit} ${by} per minute (${request.model})`;
  throw new Refusal(429, message, { retryAfterS });
}

/** The request as the model sees it, and what was cleared on the way; a beta feature has to be asked for by its name. */
function edited(call: Asked, request: MessagesRequest): { seen: MessagesRequest; cleared: Cleared | undefined } {
  const { clearing } = request;
  if (clearing === undefined) return { seen: request, cleared: undefined };
  if (!call.betas.includes(CLEARING_BETA)) throw invalid("context_management", "Extra inputs are not permitted");
  const tokens = segmentsOf(request).reduce((sum, segment) => sum + segment.tokens, 0);
  const { messages, cleared } = clearToolUses(request.messages, clearing, tokens);
  return { seen: { ...request, messages }, cleared };
}

interface Answer {
  readonly request: MessagesRequest;
  readonly cleared: Cleared | undefined;
  readonly split: PromptSplit;
  readonly play: Play;
  readonly usage: Usage;
  readonly pace: Pace;
  readonly fault: FaultKind | undefined;
}

/** What an answer is made from. */
type Asked = Pick<Call, "open" | "random" | "arrivedAt" | "betas" | "modelClass">;

/** Works out the answer to a request, with nothing sent or billed yet. Throws a Refusal. */
export function prepare(state: StubState, call: Asked, body: unknown): Answer {
  const sent = parseRequest(body, { maxTokens: true });
  call.modelClass = sent.rules.modelClass;
  const { seen: request, cleared } = edited(call, sent);
  const { runId, turn } = call.open;
  const answered = state.scripts.size === 0 ? 0 : transcriptOf(request).turns;
  const scripted = state.scripts.turn(runId, answered, request.model);
  const hit = state.faults.pick({ runId, turn, model: request.model }, call.random, call.arrivedAt);
  const fault = hit ?? scripted?.fault;
  const refusal = statusFault(fault, request.stream);
  if (refusal !== undefined) throw refusal;
  const segments = segmentsOf(request);
  const split = state.cache.split(request.model, segments, request.rules.minCacheTokens, call.arrivedAt);
  const pace = paceOf(state.latency, call.random);
  // Ids depend on the length of the history too, so that callers without run headers never meet the same id twice.
  const ids = seeded(hash32(`${segments.length} ${split.inputTokens} ${call.random()}`));
  const play = finish(scripted?.draft ?? draftFor(request), request, ids);
  const usage = usageOf(split, play.outputTokens, play.inputTokens);
  return { request, cleared, split, play, usage, pace: paceFor(play, pace), fault };
}

/** A play with a pace of its own streams its deltas evenly over it. */
function paceFor(play: Play, drawn: Pace): Pace {
  if (play.totalMs === undefined) return drawn;
  return { ttftMs: play.totalMs / Math.max(2, frameCount(play)), totalMs: play.totalMs };
}

/** Answers a call; throws a Refusal before anything has been sent. */
export function answerCall(state: StubState, call: Call, body: unknown): void {
  const { request, cleared, split, play, usage, pace, fault } = prepare(state, call, body);
  admit(state, request, usage, call.arrivedAt);
  const { modelClass } = request.rules;
  const envelope = { id: state.nextId("msg"), model: request.model, edited: wireCleared(cleared) };
  const whole = request.stream ? undefined : jsonMessage(envelope, play, usage);
  const count = whole === undefined ? frameCount(play) : 1;
  const type: Record<string, string> =
    whole === undefined
      ? { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" }
      : { "content-type": "application/json", "content-length": String(Buffer.byteLength(whole)) };
  deliver(
    {
      res: call.res,
      headers: { ...type, ...commonHeaders(call.requestId), ...state.limits.headers(modelClass, call.arrivedAt) },
      arrivedAt: call.arrivedAt,
      pace,
      frames: whole === undefined ? frames(envelope, play, usage) : [whole].values(),
      frameCount: count,
      broken: breakOf(fault, count),
      errorFrame: frame(
        "error",
        errorBody({ type: "overloaded_error", message: "Overloaded", requestId: call.requestId }),
      ),
      onFirstByte: () => {
        state.ledger.firstByte(call.open);
        state.cache.commit(split, call.arrivedAt);
      },
      onEnd: (outcome, share) => {
        const billed = { ...usage, outputTokens: Math.ceil(usage.outputTokens * share) };
        state.limits.settle(modelClass, billed.outputTokens, state.clock.now());
        state.ledger.end(call.open, outcome, { usage: billed, costMicroUsd: priceOf(request.model, billed) });
      },
    },
    state.clock,
    state.timers,
  );
}

/** Headers of every answer. */
export function commonHeaders(requestId: string): Record<string, string> {
  return { "request-id": requestId, "anthropic-organization-id": ORGANIZATION_ID };
}

/** Ends a call that was refused; nothing is billed. */
export function refuseCall(state: StubState, call: Call, status: number): void {
  state.refusedByStatus.set(status, (state.refusedByStatus.get(status) ?? 0) + 1);
  state.ledger.end(call.open, "refused", NO_BILL);
}

/** Body of a `count_tokens` answer. */
export function countTokens(body: unknown): string {
  const request = parseRequest(body, { maxTokens: false });
  const total = segmentsOf(request).reduce((sum, segment) => sum + segment.tokens, 0);
  return JSON.stringify({ input_tokens: total });
}
