/** What every way to be told to stop leaves, and what a drain keeps of it; part of `limits`, which asserts that a whole turn fits. */

const SECOND = 1_000;

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
} as const;
