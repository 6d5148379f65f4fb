/**
 * Takes runs in. Order: contents, heads, then the wake-ups. Whoever got a 202 has durable heads; a wake-up that is lost
 * after that is sent again by the sweep.
 */
import type { SubmitRun } from "../contract/http.ts";
import { type Lane, type RunId, type TenantId, wakeId } from "../contract/ids.ts";
import type { WakeMessage } from "../contract/messages.ts";
import { usualRouting } from "../contract/routing.ts";
import type { RunHead } from "../contract/run.ts";
import { keys } from "../contract/tables.ts";
import { admit } from "../core/admission.ts";
import { batchKey, runIdOf } from "../core/identity.ts";
import { wakeOf } from "../core/lifecycle.ts";
import { planOf } from "./choose-model.ts";
import type { ApiParts } from "./deps.ts";
import { errorText } from "./error-text.ts";
import { inParallel } from "./in-parallel.ts";
import { type PlannedRun, planRuns } from "./plan-runs.ts";
import { type Refusal, refuse } from "./problem.ts";
import { queueFull } from "./queue-full.ts";

/** Runs of one request. With a `key` sending it again gives the same runs, and completes them if it was cut half-way. */
export type Submit = {
  readonly tenant: TenantId;
  readonly key: string | undefined;
  readonly runs: readonly SubmitRun[];
  readonly batch: boolean;
};

/** `fresh`: how many of the runs are new; the others were accepted before. */
type Accepted = { readonly kind: "accepted"; readonly heads: readonly RunHead[]; readonly fresh: number };
type Identified = PlannedRun & { readonly id: RunId; readonly field: string };

/** Every run with its id; without a key of the caller each gets one that nobody else has. */
function identify({ tenant, key, batch }: Submit, runs: readonly PlannedRun[], fresh: () => string): Identified[] {
  return runs.map((run, i) => {
    const own = key === undefined ? fresh() : batch ? batchKey(key, i) : key;
    return { ...run, id: runIdOf(tenant, own), field: batch ? `runs[${i}]` : "(body)" };
  });
}

const conflict = (runs: readonly Identified[]): Refusal =>
  refuse("idempotency-conflict", "this Idempotency-Key was used with another body; send a new key, or the same body", {
    mistakes: runs.map(({ field, id }) => ({ field, message: `differs from ${id}, which has this key` })),
  });

/** Heads that are there already. Without a key of the caller there can be none, and nothing is read. */
async function readExisting({ runs, clock }: ApiParts, key: string | undefined, ids: readonly RunId[]) {
  const heads = key === undefined ? [] : await runs.read(ids, clock.nowMs());
  return new Map(heads.map((head) => [head.runId, head]));
}

/** The head as it is stored now, and whether it was there before. */
type Stored = { readonly head: RunHead; readonly isNew: boolean };

async function store(parts: ApiParts, tenant: TenantId, run: Identified): Promise<Stored> {
  const { request, spec, input, body, timeoutMs, nextMicroUsd, model, route } = run;
  const nowMs = parts.clock.nowMs();
  const head = admit({
    runId: run.id,
    tenant,
    agent: request.agent,
    lane: request.lane,
    spec: spec.digest,
    input: input.digest,
    body,
    wakeId: wakeId.parse(`k_${parts.chance.id()}`),
    nowMs,
    timeoutMs,
    deadlineMs: request.deadlineMs,
    ...(request.deadline === undefined ? {} : { relaxed: true }),
    budgetMicroUsd: request.budgetMicroUsd,
    nextMicroUsd,
    model,
    route,
  });
  const outcome = await parts.runs.create(head, nowMs);
  if (outcome.kind === "exists") return { head: outcome.head, isNew: false };
  parts.events.emit("run.accepted", { runId: head.runId, tenant, lane: head.lane, createdAtMs: nowMs });
  return { head, isNew: true };
}

/** A run in its queue that has not finished a turn: its wake-up may not have been sent. A second one does no harm. */
const isUntouched = (head: RunHead): boolean =>
  head.turn === 1 && head.holder === keys.queueHolder(head.lane, head.runId);

/** Sends the wake-ups, each lane in one call. What is not taken is told and left to the sweep: the runs are durable. */
async function wake({ queue, events }: ApiParts, heads: readonly RunHead[]): Promise<void> {
  const lanes = new Map<Lane, WakeMessage[]>();
  for (const head of heads) {
    if (head.wakeId === undefined || !isUntouched(head)) continue;
    const messages = lanes.get(head.lane) ?? [];
    messages.push(wakeOf(head, head.wakeId));
    lanes.set(head.lane, messages);
  }
  const send = async (lane: Lane, messages: readonly WakeMessage[]): Promise<void> => {
    const operation = `send ${lane}`;
    try {
      const left = await queue.send(lane, messages);
      if (left.length > 0)
        events.emit("store.failed", { operation, message: `${left.length} messages were not taken` });
    } catch (error) {
      events.emit("store.failed", { operation, message: errorText(error) });
    }
  };
  await Promise.all([...lanes].map(([lane, messages]) => send(lane, messages)));
}

/**
 * Accepts all runs of a request, or none: it is checked as a whole before the first write. Two requests with one key and
 * different bodies that race may leave runs of the first; the second gets the conflict. Throws when the store fails; the
 * same request with the same key then completes what was begun.
 */
export async function submit(parts: ApiParts, request: Submit): Promise<Accepted | Refusal> {
  const routing = parts.routing ?? usualRouting;
  const planning = { agents: parts.frozen, models: routing.models, planMax: planOf(routing, request.tenant) };
  const plan = planRuns(request.runs, planning, request.batch);
  if (plan.kind === "refused") return plan;
  const runs = identify(request, plan.runs, () => parts.chance.id());
  const existing = await readExisting(
    parts,
    request.key,
    runs.map((run) => run.id),
  );
  const isOther = (run: Identified, head: RunHead | undefined) => head !== undefined && head.body !== run.body;
  const others = runs.filter((run) => isOther(run, existing.get(run.id)));
  if (others.length > 0) return conflict(others);

  const missing = runs.filter((run) => !existing.has(run.id));
  if (missing.length > 0) {
    const lanes = Map.groupBy(missing, ({ request: { lane } }) => lane);
    const taken = await parts.room.take(request.tenant, new Map([...lanes].map(([lane, own]) => [lane, own.length])));
    if (taken !== undefined) return queueFull(taken.full);
    const texts = missing.flatMap((run) => [run.spec, run.input]);
    await parts.contents.put([...new Map(texts.map((text) => [text.digest, text])).values()], parts.clock.nowMs());
  }
  const stored = await inParallel(runs, async (run): Promise<Stored> => {
    const head = existing.get(run.id);
    return head === undefined ? store(parts, request.tenant, run) : { head, isNew: false };
  });
  const heads = stored.map(({ head }) => head);
  const raced = runs.filter((run, i) => isOther(run, heads[i]));
  if (raced.length > 0) return conflict(raced);
  await wake(parts, heads);
  return { kind: "accepted", heads, fresh: stored.filter(({ isNew }) => isNew).length };
}
