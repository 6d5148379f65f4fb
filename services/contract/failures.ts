/** Why a run ended, and why a model call failed. A new code does not compile until `core` gives it a fate. */
import { z } from "zod";

/** States of a run. The last six are ends. */
export const runState = z.enum([
  "QUEUED",
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
  "TIMED_OUT",
  "OVER_BUDGET",
  "DEAD",
]);
export type RunState = z.infer<typeof runState>;

/** Reason code of an end. Each belongs to exactly one end state (`core/lifecycle.ts`, `endStateOf`). */
export const endReason = z.enum([
  "completed",
  "cancelled-by-user",
  "active-timeout",
  "deadline",
  "budget",
  "turn-limit",
  "model-refused",
  "model-rejected-request",
  "output-truncated",
  "output-invalid",
  "agent-error",
  "agent-unknown",
  "input-missing",
  "too-many-failures",
  "too-many-interruptions",
  "too-many-waits",
  "too-many-dead-letters",
]);
export type EndReason = z.infer<typeof endReason>;

/** Why a run went back to the queue. */
export const requeueReason = z.enum([
  "drain",
  "worker-lost",
  "orphaned",
  "rate-limited",
  "budget-exhausted",
  "model-failure",
  "batch",
  "store-outage",
  "dead-letter",
  "redriven",
]);
export type RequeueReason = z.infer<typeof requeueReason>;

/** Class of a failed model call, by `errorCode`, then `type` (the SDK leaves `status` undefined in mid-stream). */
export const modelFailureCode = z.enum([
  "rate-limited",
  "spend-limit",
  "overloaded",
  "server-error",
  "connection",
  "idle-stream",
  "unauthorised",
  "request-rejected",
  "aborted",
]);
export type ModelFailureCode = z.infer<typeof modelFailureCode>;
