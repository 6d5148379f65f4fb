/** Bounds of one call to AWS; the SDK's own are unlimited or too long for a worker that must act within its lease. */
import { assertLimit, limits } from "../../contract/limits.ts";

export const clientLimits = {
  /** Opening a connection. */
  connectionTimeoutMs: 2_000,
  /** Silence of DynamoDB and S3, after a request and within an answer: a body that stalls is no answer. */
  storeSilenceMs: limits.storeCallMs,
  /** The same of SQS: a long poll is silent for its whole wait. */
  queueSilenceMs: limits.receiveWaitMs + 5_000,
  /** An unused connection: longer than a heartbeat, so that an idle worker does not open one for each beat. */
  idleMs: 30_000,
  /** Attempts of one call, the first included. */
  attempts: 3,
} as const;

assertLimit(clientLimits.queueSilenceMs > limits.receiveWaitMs, "a long poll ends before its call times out");
assertLimit(clientLimits.idleMs > 2 * limits.heartbeatMs, "a heartbeat finds a connection open");
assertLimit(clientLimits.connectionTimeoutMs < limits.storeCallMs, "a refused connection leaves time for the call");
