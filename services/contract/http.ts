/** The API's requests and answers; the schemas that validate are the ones that `/openapi.json` shows. */
import { z } from "zod";
import { capacityView } from "./capacity-view.ts";
import { endReason, runState } from "./failures.ts";
import { agentName, lane, pool, runId, tenantId } from "./ids.ts";
import { role } from "./keys.ts";
import { limits } from "./limits.ts";
import { modelClass } from "./models.ts";
import { openCause, rateLimit } from "./rate.ts";
import { climb, evidence } from "./routing.ts";

const positive = z.int().positive();

/** One run to submit. `input` is checked against the agent's own schema. */
export const submitRun = z
  .strictObject({
    agent: agentName,
    input: z.json(),
    lane: lane.default("normal"),
    model: z
      .string()
      .min(1)
      .max(limits.modelChars)
      .optional()
      .meta({ description: "class (simple, standard, hard) or model to begin on, if the agent allows it" }),
    budgetMicroUsd: positive.max(1_000_000_000).optional().meta({ description: "most that the run may cost" }),
    timeoutMs: positive.max(limits.timeoutMaxMs).optional().meta({ description: "active time that the run may use" }),
    deadlineMs: positive.max(limits.deadlineMaxMs).optional().meta({ description: "wall-clock time from submit" }),
    deadline: z
      .literal("relaxed")
      .optional()
      .meta({ description: "each turn may take hours: turns go in batches, at half the price" }),
  })
  .meta({ id: "SubmitRun" });
export type SubmitRun = z.infer<typeof submitRun>;

export const submitBatch = z
  .strictObject({ runs: z.array(submitRun).min(1).max(limits.submitRunsMax) })
  .meta({ id: "SubmitBatch" });

const count = z.int().nonnegative();

export const runView = z
  .object({
    id: runId,
    tenant: tenantId,
    agent: agentName,
    lane,
    state: runState,
    reason: endReason.optional(),
    detail: z.string().optional(),
    turns: count.meta({ description: "committed turns" }),
    model: z.string().optional().meta({ description: "model in use; absent on runs of an older version" }),
    because: z
      .array(z.string())
      .default([])
      .meta({ description: "why this model: what chose the first, then each escalation" }),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional(),
    deadlineAt: z.iso.datetime(),
    deadline: z.literal("relaxed").optional(),
    cancelRequested: z.boolean(),
    usage: z.object({
      inputTokens: count,
      outputTokens: count,
      cacheWrite5mTokens: count,
      cacheWrite1hTokens: count,
      cacheReadTokens: count,
    }),
    cost: z.object({
      budgetMicroUsd: count,
      spentMicroUsd: count,
      reservedMicroUsd: count,
      possibleMicroUsd: count.meta({ description: "what calls in doubt may have cost" }),
      savedMicroUsd: count
        .default(0)
        .meta({ description: "what remembered answers and batches cost less than calls would have; not spent" }),
    }),
    failures: count,
    interruptions: count,
    rateLimitWaits: count,
    turnsInDoubt: count,
    deadLetters: count.default(0).meta({ description: "wake-ups that nobody could use and that were sent again" }),
    output: z.json().optional(),
  })
  .meta({ id: "Run" });
export type RunView = z.infer<typeof runView>;

export const runList = z.object({ runs: z.array(runView), cursor: z.string().optional() }).meta({ id: "RunList" });
export type RunList = z.infer<typeof runList>;

export const listQuery = z.strictObject({
  tenant: tenantId.optional(),
  state: runState.optional(),
  agent: agentName.optional(),
  limit: z.coerce.number().int().min(1).max(limits.pageMax).default(limits.pageDefault),
  cursor: z.string().max(2_000).optional(),
});

/** On AWS, streams and waits are served under this path by a function of their own, so that they never starve submits. */
export const watchPrefix = "/watch";

export const waitSeconds = z.coerce
  .number()
  .min(0)
  .max(limits.waitMs / 1_000);

/** One wait for many runs: answers when any of them has ended, or when the time is over. */
export const waitQuery = z.strictObject({
  ids: z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(runId).min(1).max(limits.waitIdsMax)),
  wait: waitSeconds.default(0),
});

/** What a redriven run gets more of; each absent one stays as it was, the deadline counts from now. */
const raise = {
  budgetMicroUsd: submitRun.shape.budgetMicroUsd,
  timeoutMs: submitRun.shape.timeoutMs,
  deadlineMs: submitRun.shape.deadlineMs.meta({ description: "wall-clock time from now" }),
};
export const redriveRun = z.strictObject(raise).meta({ id: "RedriveRun" });

const bulk = {
  ratePerSecond: positive.max(limits.bulkRateMax).default(limits.bulkRateDefault),
  limit: positive.max(limits.bulkMax).default(limits.bulkMax).meta({ description: "most runs that this call changes" }),
  cursor: z.string().max(2_000).optional(),
};
const filter = { tenant: tenantId.optional(), agent: agentName.optional() };
const redriveFilter = z.strictObject({
  ...filter,
  state: runState.extract(["DEAD", "FAILED", "TIMED_OUT", "OVER_BUDGET"]),
  reason: endReason.optional(),
});
const cancelFilter = z.strictObject({ ...filter, state: runState.extract(["QUEUED", "RUNNING"]) });

/** Many runs by what they are: a page of them a call, at a rate, until the answer has no cursor. */
export const redriveMany = z.strictObject({ filter: redriveFilter, ...bulk, ...raise }).meta({ id: "RedriveMany" });
export const cancelMany = z.strictObject({ filter: cancelFilter, ...bulk }).meta({ id: "CancelMany" });
export const bulkResult = z
  .object({
    changed: count.meta({ description: "runs that were redriven, or cancelled or asked to stop" }),
    passed: count.meta({
      description: "runs that had left the state by the time their turn came; nothing was done to them",
    }),
    left: z
      .array(z.object({ id: runId, because: z.string() }))
      .meta({ description: "runs that matched and could not be changed" }),
    cursor: z.string().optional().meta({ description: "there is more: send the same request with it" }),
    full: lane.optional().meta({ description: "stopped early: too many of the tenant's runs wait in this lane" }),
  })
  .meta({ id: "BulkResult" });
export type BulkResult = z.infer<typeof bulkResult>;

export const turnView = z
  .object({
    turn: z.int(),
    model: z.string(),
    stopReason: z.string(),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    costMicroUsd: count,
    via: z.enum(["memo", "batch"]).optional().meta({ description: "an answer that was given before, or of a batch" }),
    savedMicroUsd: count.optional(),
    usage: runView.shape.usage,
    messages: z.array(z.object({ role: z.enum(["user", "assistant"]), content: z.json() })),
    messageId: z.string(),
    requestId: z.string().optional(),
    step: z.literal("classify").optional().meta({ description: "the classifier's turn, no part of the conversation" }),
    flaw: evidence.optional().meta({ description: "what is wrong with this answer" }),
    climb: climb
      .pick({ from: true, to: true, evidence: true, because: true })
      .optional()
      .meta({ description: "the run goes on with another model after this turn" }),
  })
  .meta({ id: "Turn" });
export type TurnView = z.infer<typeof turnView>;
export const turnList = z.object({ turns: z.array(turnView), cursor: z.string().optional() }).meta({ id: "TurnList" });

export const agentView = z
  .object({
    name: agentName,
    version: z.string(),
    description: z.string(),
    model: z
      .string()
      .meta({ description: "model that its runs begin on, where neither rules nor the submit choose another" }),
    chooses: z
      .enum(["agent", "rules", "classify"])
      .default("agent")
      .meta({ description: "who chooses the first model" }),
    models: z.array(z.string()).default([]).meta({ description: "classes and models that a submit may ask for" }),
    escalateTo: modelClass.optional().meta({ description: "highest class that evidence may lift a run to" }),
    input: z.json().meta({ description: "JSON schema of the input" }),
    output: z.json().optional(),
    tools: z.array(
      z.object({ name: z.string(), description: z.string(), replay: z.enum(["pure", "keyed", "unsafe"]) }),
    ),
  })
  .meta({ id: "Agent" });
export const agentList = z.object({ agents: z.array(agentView) }).meta({ id: "AgentList" });

export const workerView = z.object({
  id: z.string(),
  pool,
  mode: z.string(),
  slots: count,
  active: count,
  startedAt: z.iso.datetime(),
  host: z.string(),
  version: z.string(),
});
export const laneView = z.object({
  lane,
  visible: count.optional().meta({ description: "waiting messages; absent when unknown" }),
  inFlight: count.optional(),
});
export const fleetView = z
  .object({
    workers: z.array(workerView),
    slots: count,
    active: count,
    lanes: z.array(laneView),
    capacity: capacityView.optional().meta({ description: "the last decision; absent where nobody scales" }),
  })
  .meta({ id: "Fleet" });
export type FleetView = z.infer<typeof fleetView>;

export const createKey = z
  .strictObject({ tenant: tenantId, role, name: z.string().min(1).max(100) })
  .meta({ id: "CreateKey" });
export const keyView = z
  .object({
    id: z.string(),
    tenant: tenantId,
    role,
    name: z.string(),
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "Key" });
export const createdKey = keyView
  .extend({ key: z.string().meta({ description: "shown once" }) })
  .meta({ id: "CreatedKey" });
export const keyList = z.object({ keys: z.array(keyView) }).meta({ id: "KeyList" });

/** A limit class with its breaker and rate. Absent rate and limit: no worker has used the class yet. */
export const breakerView = z
  .object({
    limitClass: z.string(),
    platform: z.string().optional(),
    state: z.enum(["closed", "open", "half-open"]),
    cause: openCause.optional(),
    since: z.iso.datetime().optional(),
    /** When one call will be sent to see; absent while only a person can close it. */
    probeAt: z.iso.datetime().optional(),
    pausedUntil: z.iso.datetime().optional(),
    /** Share of the limit at which calls start now: below 1 in a ramp and after a 429, 0 while nothing starts. */
    share: z.number().optional(),
    requestsPerMinute: z.number().optional(),
    limit: rateLimit.optional(),
    /** Calls and failures of the last minutes that the breaker judges by. */
    calls: count,
    failures: count,
  })
  .meta({ id: "Breaker" });
export type BreakerView = z.infer<typeof breakerView>;
export const breakerList = z.object({ breakers: z.array(breakerView) }).meta({ id: "BreakerList" });
/** `open`: no call of the class starts; `close`: calls start again, with a ramp. */
export const breakerAction = z.strictObject({ action: z.enum(["open", "close"]) }).meta({ id: "BreakerAction" });
export type BreakerAction = z.infer<typeof breakerAction>;

/** Problem document, RFC 9457. `errors` names every field and its mend. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;
