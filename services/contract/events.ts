/** Catalogue of events: code, level, text, payload. Logs, metrics, command line and console subscribe; nothing prints. */
import { z } from "zod";
import { controlEvents } from "./control-events.ts";
import { endReason, modelFailureCode, requeueReason, runState } from "./failures.ts";
import { fleetEvents } from "./fleet-told.ts";
import { agentName, lane, runId, tenantId, workerId } from "./ids.ts";
import { openCause } from "./rate.ts";
import { evidence } from "./routing.ts";
import { scalingEvents } from "./scaling-events.ts";

type Level = "debug" | "info" | "warn" | "error";

const event = <S extends z.ZodObject>(code: string, level: Level, text: string, payload: S) =>
  ({ code, level, text, payload }) as const;

export const events = {
  ...scalingEvents,
  "run.accepted": event(
    "MU1001",
    "debug",
    "a run was accepted",
    z.object({ runId, tenant: tenantId, lane, createdAtMs: z.int() }),
  ),
  "run.claimed": event(
    "MU1002",
    "debug",
    "a worker claimed a run; `waitMs` is told of its first claim only",
    z.object({
      ...{ runId, tenant: tenantId, lane, workerId, epoch: z.int(), turn: z.int() },
      ...{ createdAtMs: z.int(), claimedAtMs: z.int(), waitMs: z.int().optional() },
    }),
  ),
  "run.ended": event(
    "MU1003",
    "info",
    "a run ended; without `startedAtMs` it committed no turn",
    z.object({
      ...{ runId, tenant: tenantId, lane, agent: agentName, state: runState, reason: endReason, turns: z.int() },
      ...{ createdAtMs: z.int(), startedAtMs: z.int().optional(), endedAtMs: z.int(), costMicroUsd: z.int() },
    }),
  ),
  "run.requeued": event(
    "MU1004",
    "info",
    "a run went back to the queue",
    z.object({ runId, tenant: tenantId, reason: requeueReason, turn: z.int() }),
  ),
  "run.routed": event(
    "MU1007",
    "debug",
    "a run's first model was chosen",
    z.object({ runId, turn: z.int(), model: z.string(), because: z.string() }),
  ),
  "run.escalated": event(
    "MU1008",
    "info",
    "a run goes on with the model of the next tier",
    z.object({ runId, turn: z.int(), from: z.string(), to: z.string(), evidence, because: z.string() }),
  ),
  "run.redriven": event(
    "MU1006",
    "info",
    "an ended run was queued again by a person",
    z.object({ runId, turn: z.int(), was: runState }),
  ),
  "run.fenced": event(
    "MU1005",
    "warn",
    "a worker lost a run to another holder and stopped it quietly",
    z.object({ runId, workerId, epoch: z.int() }),
  ),
  "turn.committed": event(
    "MU1101",
    "debug",
    "a turn was committed",
    z.object({
      ...{ runId, turn: z.int(), model: z.string(), costMicroUsd: z.int(), savedMicroUsd: z.int().optional() },
      ...{ inputTokens: z.int(), outputTokens: z.int(), endedAtMs: z.int(), ms: z.int() },
    }),
  ),
  "turn.doubtful": event(
    "MU1102",
    "warn",
    "a model call may have been billed without a commit",
    z.object({ runId, turn: z.int() }),
  ),
  "model.failed": event(
    "MU1201",
    "warn",
    "a model call failed",
    z.object({ runId, turn: z.int(), code: modelFailureCode, message: z.string() }),
  ),
  "batch.settled": event(
    "MU1203",
    "info",
    "a batch was sent, or nobody will send it; `as` is what its flight is now",
    z.object({ flight: z.string(), size: z.int(), as: z.string() }),
  ),
  "batch.failed": event(
    "MU1204",
    "warn",
    "a batch could not be sent; `billed` is maybe when nobody knows",
    z.object({
      flight: z.string(),
      size: z.int(),
      code: modelFailureCode,
      message: z.string(),
      billed: z.enum(["no", "maybe"]),
    }),
  ),
  "tool.failed": event(
    "MU1202",
    "info",
    "a tool call failed; the model is told",
    z.object({ runId, turn: z.int(), tool: z.string(), message: z.string() }),
  ),
  ...fleetEvents,
  "sweep.pass": event(
    "MU3001",
    "info",
    "a pass of the sweep found something",
    z.object({ resent: z.int(), reclaimed: z.int(), ended: z.int(), unparked: z.int() }),
  ),
  "message.dropped": event(
    "MU3002",
    "debug",
    "a message without a current run was deleted",
    z.object({ because: z.string(), runId: z.string() }),
  ),
  "dead-letter.resent": event(
    "MU3003",
    "warn",
    "a wake-up that nobody could use was sent again",
    z.object({ runId, lane, deadLetters: z.int() }),
  ),
  "dead-letter.dropped": event(
    "MU3004",
    "warn",
    "a dead letter of no use any more was deleted",
    z.object({ lane, because: z.string(), body: z.string() }),
  ),
  "store.failed": event(
    "MU4001",
    "error",
    "a call to the store or the queue failed",
    z.object({ operation: z.string(), message: z.string() }),
  ),
  "rate.paused": event(
    "MU6001",
    "warn",
    "the rate limit was met; all workers pause, then go on at a lower share of the rate",
    z.object({ limitClass: z.string(), untilMs: z.int(), share: z.number() }),
  ),
  "rate.ramp": event(
    "MU6002",
    "info",
    "a cold start: the rate rises from a share of the limit",
    z.object({ limitClass: z.string(), share: z.number() }),
  ),
  "rate.lowered": event(
    "MU6003",
    "warn",
    "the server's headers state a lower limit than the configured one; it is kept from now on",
    z.object({ limitClass: z.string(), requestsPerMinute: z.number() }),
  ),
  "rate.limit-set": event(
    "MU6004",
    "info",
    "a person changed the limits of a class; all workers follow within seconds",
    z.object({ limitClass: z.string(), requestsPerMinute: z.number(), setBy: z.enum(["settings", "operator"]) }),
  ),
  "breaker.opened": event(
    "MU6101",
    "error",
    "the breaker opened: no model call of this class starts; without probeAtMs a person must close it",
    z.object({ limitClass: z.string(), cause: openCause, probeAtMs: z.int().optional() }),
  ),
  "breaker.probe": event(
    "MU6102",
    "info",
    "one call is sent to see whether the model answers again",
    z.object({ limitClass: z.string(), probe: z.int() }),
  ),
  "breaker.closed": event(
    "MU6103",
    "info",
    "the breaker closed: calls start again",
    z.object({ limitClass: z.string() }),
  ),
  "budget.mark": event(
    "MU6201",
    "warn",
    "a budget of a tenant's day or of the fleet's hour is spent to a soft limit (percent)",
    z.object({ budget: z.string(), mark: z.int(), spentMicroUsd: z.int(), limitMicroUsd: z.int() }),
  ),
  "budget.exhausted": event(
    "MU6202",
    "warn",
    "a budget is spent: this worker parks its runs until the window is over",
    z.object({ budget: z.string(), spentMicroUsd: z.int(), limitMicroUsd: z.int(), untilMs: z.int() }),
  ),
  "budget.given-back": event(
    "MU6203",
    "info",
    "what a dead worker held of a budget and could not have drawn came back",
    z.object({ budget: z.string(), workerId, microUsd: z.int() }),
  ),
  "budget.set": event(
    "MU6205",
    "info",
    "an operator set the limit of a tenant, or of the fleet and all tenants",
    z.object({ what: z.string(), version: z.int() }),
  ),
  "run.budget-mark": event(
    "MU6204",
    "warn",
    "a run has spent its own budget to a soft limit (percent)",
    z.object({ runId, mark: z.int(), spentMicroUsd: z.int(), budgetMicroUsd: z.int() }),
  ),
  "cost.spike": event(
    "MU7001",
    "warn",
    "this hour has cost more than the whole hour usually does",
    z.object({ hour: z.iso.datetime(), spentMicroUsd: z.int(), usualMicroUsd: z.int() }),
  ),
  "books.completed": event(
    "MU7002",
    "info",
    "bookings that workers left undone were made up for",
    z.object({ bookings: z.int() }),
  ),
  ...controlEvents,
  "spans.lost": event(
    "MU5002",
    "warn",
    "spans did not reach the collector of traces; the runs are not touched by it",
    z.object({ spans: z.int(), because: z.string() }),
  ),
  "process.ready": event("MU5001", "info", "a process is ready", z.object({ role: z.string(), pid: z.int() })),
} as const;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.infer<(typeof events)[N]["payload"]>;

/** An event as subscribers get it. */
export type MusterEvent = { [N in EventName]: { readonly name: N; readonly payload: EventPayload<N> } }[EventName];
