/** Message Batches: `POST|GET /v1/messages/batches`, one batch, its results, its cancel. Batches live as long as the process. */
import { DAY } from "../../contract/units.ts";
import { NO_BILL } from "./ledger.ts";
import { prepare } from "./messages.ts";
import { arrayAt, isObject, objectAt, textAt } from "./narrow.ts";
import { priceOf } from "./prices.ts";
import { hash32, seeded } from "./random.ts";
import { errorTypeOf, invalid, Refusal } from "./refusal.ts";
import type { StubState } from "./state.ts";
import type { Batch, Fate, Item, Result } from "./stored-batches.ts";
import { EARLY_MS } from "./timers.ts";
import { jsonMessage } from "./wire.ts";

/** Requests of one batch, as at the API. */
const MAX_REQUESTS = 100_000;
/** Share of the price that an answer in a batch costs. */
const SHARE = 0.5;
/** Class of the requests to these addresses; a limit can be set for it as for a model. */
export const BATCH_CLASS = "message-batches";

/** Run and turn of a custom id such as `run_x-2`; one of another form is a run of its own. */
function runOf(customId: string): { runId: string; turn: number } {
  const [, runId, turn] = /^(.+)-(\d+)$/.exec(customId) ?? [undefined, customId, "0"];
  return { runId: runId ?? customId, turn: Number(turn) };
}

/** Answers one request of a batch, and bills it: an answer at half the price, anything else at nothing. */
function answer(state: StubState, { customId, params }: Item): Result {
  const { runId, turn } = runOf(customId);
  const now = state.clock.now();
  const open = state.ledger.start(runId, turn, now);
  const random = seeded(hash32(`${state.seed} ${runId} ${turn} ${open.attempt}`));
  const call = { open, random, arrivedAt: now, betas: "", modelClass: undefined };
  try {
    const { request, split, play, usage } = prepare(state, call, { ...params, stream: false });
    state.ledger.firstByte(open);
    state.cache.commit(split, now);
    state.ledger.end(open, "completed", { usage, costMicroUsd: priceOf(request.model, usage, SHARE) });
    const envelope = { id: state.nextId("msg"), model: request.model, edited: undefined };
    const message = jsonMessage(envelope, play, usage).replace('"service_tier":"standard"', '"service_tier":"batch"');
    return {
      fate: "succeeded",
      line: `{"custom_id":${JSON.stringify(customId)},"result":{"type":"succeeded","message":${message}}}`,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    state.ledger.end(open, "refused", NO_BILL);
    const document = {
      type: "error",
      error: { type: errorTypeOf(error.status), message: error.message },
      request_id: state.nextId("req"),
    };
    return unbilled(customId, "errored", { error: document });
  }
}

const unbilled = (customId: string, fate: Fate, more: object = {}): Result => ({
  fate,
  line: JSON.stringify({ custom_id: customId, result: { type: fate, ...more } }),
});

/** Ends a batch whose time has come, in an order that is not that of its requests. */
function settle(state: StubState, batch: Batch): void {
  const now = state.clock.now();
  if (batch.endedAt !== undefined || (now + EARLY_MS < batch.endsAt && batch.canceledAt === undefined)) return;
  batch.endedAt = now;
  const isExpired = now >= batch.createdAt + DAY && batch.endsAt >= batch.createdAt + DAY;
  batch.results = batch.items
    .map((item) => {
      if (batch.canceledAt !== undefined) return unbilled(item.customId, "canceled");
      return isExpired ? unbilled(item.customId, "expired") : answer(state, item);
    })
    .toReversed();
}

const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

function shown(batch: Batch, base: string): object {
  const { id, createdAt, canceledAt, endedAt, results, items } = batch;
  const count = (fate: Fate) => results.filter((result) => result.fate === fate).length;
  return {
    id,
    type: "message_batch",
    processing_status: endedAt !== undefined ? "ended" : canceledAt === undefined ? "in_progress" : "canceling",
    request_counts: {
      processing: endedAt === undefined ? items.length : 0,
      succeeded: count("succeeded"),
      errored: count("errored"),
      canceled: count("canceled"),
      expired: count("expired"),
    },
    created_at: iso(createdAt),
    ended_at: iso(endedAt),
    expires_at: iso(createdAt + DAY),
    archived_at: null,
    cancel_initiated_at: iso(canceledAt),
    results_url: endedAt === undefined ? null : `${base}/v1/messages/batches/${id}/results`,
  };
}

function parseItem(value: unknown, field: string): Item {
  const raw = objectAt(value, field);
  const customId = textAt(raw.custom_id, `${field}.custom_id`);
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(customId))
    throw invalid(`${field}.custom_id`, "String should match pattern '^[a-zA-Z0-9_-]{1,64}$'");
  return { customId, params: objectAt(raw.params, `${field}.params`) };
}

function create(state: StubState, body: unknown): Batch {
  if (!isObject(body)) throw new Refusal(400, "The request body is not a valid JSON object");
  const items = arrayAt(body.requests, "requests").map((one, index) => parseItem(one, `requests.${index}`));
  if (items.length === 0 || items.length > MAX_REQUESTS)
    throw invalid("requests", `List should have 1 to ${MAX_REQUESTS} items`);
  if (new Set(items.map(({ customId }) => customId)).size !== items.length)
    throw invalid("requests", "custom_id must be unique within a batch");
  const createdAt = state.clock.now();
  const endsAt = createdAt + Math.min(DAY, state.batches.plan.delayMs);
  const ids = { id: state.nextId("msgbatch"), createdAt, endsAt };
  const batch: Batch = { ...ids, items, canceledAt: undefined, endedAt: undefined, results: [] };
  state.batches.add(batch);
  // The bill does not wait until somebody looks.
  state.timers.at(endsAt, () => settle(state, batch));
  return batch;
}

function list(state: StubState, query: URLSearchParams, base: string): string {
  const limit = Math.min(1_000, Math.max(1, Number(query.get("limit") ?? "20") || 20));
  const all = state.batches.all();
  const after = query.get("after_id");
  const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const page = all.slice(from, from + limit);
  const data = page.map((batch) => shown(batch, base));
  const ends = { first_id: page[0]?.id ?? null, last_id: page.at(-1)?.id ?? null };
  return JSON.stringify({ data, has_more: from + limit < all.length, ...ends });
}

function admit(state: StubState): void {
  const verdict = state.limits.admit(BATCH_CLASS, 0, state.clock.now());
  if (verdict.kind === "admitted") return;
  state.limited++;
  const { limit, by, retryAfterS } = verdict;
  throw new Refusal(429, `This would exceed the rate limit of ${limit} ${by} per minute (batches)`, { retryAfterS });
}

/** What an answer is: a text, or "lost": done, and the connection is cut before it is told. */
export type BatchAnswer = { readonly text: string } | "lost";

/** A request to the batch addresses; undefined when it is none of them. `base` is the stub's own address. */
export function batchRequest(
  state: StubState,
  { method, url, base, body }: { method: string; url: URL; base: string; body(): unknown },
): BatchAnswer | undefined {
  const path = /^\/v1\/messages\/batches(?:\/([\w-]+)(?:\/(results|cancel))?)?$/.exec(url.pathname);
  if (path === null) return undefined;
  admit(state);
  const [, id, part] = path;
  const call = `${method} ${part ?? (id === undefined ? "all" : "one")}`;
  for (const batch of state.batches.all()) settle(state, batch);
  if (call === "POST all") {
    const batch = create(state, body());
    if (state.batches.plan.loseNext-- > 0) return "lost";
    state.batches.plan.loseNext = Math.max(0, state.batches.plan.loseNext);
    return { text: JSON.stringify(shown(batch, base)) };
  }
  if (call === "GET all") return { text: list(state, url.searchParams, base) };
  const batch = state.batches.find(id ?? "");
  if (call === "POST cancel") {
    if (batch.endedAt === undefined) batch.canceledAt ??= state.clock.now();
    return { text: JSON.stringify(shown(batch, base)) };
  }
  if (call === "GET one") return { text: JSON.stringify(shown(batch, base)) };
  if (call !== "GET results") throw new Refusal(404, `Not found: ${method} ${url.pathname}`);
  if (batch.endedAt === undefined) throw new Refusal(404, `Batch ${batch.id} has no available results`);
  return { text: batch.results.map(({ line }) => `${line}\n`).join("") };
}
