/**
 * The time that every way to be told to stop leaves, and what keeps a busy task from being told; part of `limits`, which asserts
 * that a whole turn fits.
 */
import { assertLimit } from "./assert-limit.ts";
import { HOUR, MINUTE, SECOND } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const drainBounds = {
  /** Longest model call, and what passes between a notice and the time that counts from it: a metadata poll, a beat. */
  turnMs: 85 * SECOND,
  noticeLateMs: 5 * SECOND,
  /** Time of a notice without a deadline (drain flag, scale-in, lifecycle, a twin that stops); what is kept before any deadline. */
  drainMs: 110 * SECOND,
  drainMarginMs: 15 * SECOND,
  /** From SIGTERM to the kill on a machine (Spot takes it two minutes after the notice, and the agent needs some of them to see
   * it), and on Fargate (the longest that the service takes). */
  machineStopMs: 110 * SECOND,
  fargateStopMs: 120 * SECOND,
  /** What EC2 gives a Spot instance from the warning to the end. */
  spotNoticeMs: 120 * SECOND,
  /** Protection of a task from scale-in: its life (short: a crashed task must not block a deployment), renewal, wait after a
   * failure, how often the worker looks whether it is busy, idle time before it is given up, and how long one call may take
   * (the agent itself gives up after 4 s). */
  protectionMs: 15 * MINUTE,
  protectionRenewMs: 5 * MINUTE,
  protectionRetryMs: 30 * SECOND,
  protectionLookMs: SECOND,
  protectionIdleMs: 5 * MINUTE,
  protectionCallMs: 5 * SECOND,
  /** Metadata that tells of a stop: how often it is asked, how long for one answer, a session token's life, and after how many
   * failures in a row a service that never answered is asked seldom, and how seldom. */
  metadataPollMs: 2 * SECOND,
  metadataCallMs: SECOND,
  metadataTokenMs: 6 * HOUR,
  metadataTriesMax: 3,
  metadataSlowMs: MINUTE,
} as const;

assertLimit(
  drainBounds.protectionRenewMs + drainBounds.protectionRetryMs < drainBounds.protectionMs,
  "a failed renewal is tried again",
);
assertLimit(
  drainBounds.metadataSlowMs + drainBounds.metadataCallMs + drainBounds.drainMarginMs < drainBounds.spotNoticeMs,
  "a notice is heard in time by who looks seldom",
);
