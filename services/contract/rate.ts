/** The rate of one limit class: its limits, and the control record that every worker of the fleet shares. */
import { z } from "zod";

/**
 * Names as in the specification's `rateLimiting`. Upper bounds keep positions of the limiter's clocks safe integers for
 * decades; nothing that one account may do reaches them.
 */
export const rateLimit = z.strictObject({
  requestsPerMinute: z.int().min(1).max(1_000_000),
  /** Requests that may start at once after a pause in traffic. Keep it at 5-10 s of the rate. */
  burstSize: z.int().min(1).max(1_000_000),
  inputTokensPerMinute: z.int().min(1).max(1_000_000_000),
  outputTokensPerMinute: z.int().min(1).max(1_000_000_000),
});
export type RateLimit = z.infer<typeof rateLimit>;

/** Limits of a class that nobody configured (SPEC.md: 300 requests a minute, burst 50; tokens: the lowest published tier). */
export const defaultRateLimit: RateLimit = {
  requestsPerMinute: 300,
  burstSize: 50,
  inputTokensPerMinute: 2_000_000,
  outputTokensPerMinute: 400_000,
};

/** A limit that nothing on one machine reaches: for a stand-in that limits nothing. */
export const generousRateLimit: RateLimit = {
  requestsPerMinute: 1_000_000,
  burstSize: 100_000,
  inputTokensPerMinute: 1_000_000_000,
  outputTokensPerMinute: 1_000_000_000,
};

/** Limit classes that are no models: the server counts these calls in buckets of their own, whatever model they name. */
export const otherClasses = { countTokens: "count-tokens", batches: "message-batches" } as const;

/** Their published limits of the lowest tier; `*` of the settings does not mean them. */
const otherLimits: Readonly<Record<string, RateLimit>> = {
  [otherClasses.countTokens]: { ...generousRateLimit, requestsPerMinute: 2_000, burstSize: 200 },
  [otherClasses.batches]: { ...generousRateLimit, requestsPerMinute: 1_000, burstSize: 100 },
};

/** The limit of a class that nobody configured, when it is no model's; undefined for models. */
export const limitOfOther = (limitClass: string): RateLimit | undefined => otherLimits[limitClass];

/** Limits by class; `*` is every class without its own. A field that is left out is the default's. */
export const rateLimits = z.record(z.string().min(1), rateLimit.partial());
export type RateLimits = z.infer<typeof rateLimits>;

/** Name of a limit class as a path and a key carry it. */
export const limitClass = z.string().regex(/^[a-z0-9][a-z0-9.:-]{0,99}$/, "a limit class such as claude-haiku-5-5");

/** Why a breaker is open. The last three stay open until a person closes it. */
export const openCause = z.enum(["error-rate", "burst", "probe-failed", "spend-limit", "unauthorised", "operator"]);
export type OpenCause = z.infer<typeof openCause>;

/**
 * CLOSED: calls flow; evidence older than `sinceMs` does not count. OPEN: no call; at `probeAtMs` one probe may go, absent means
 * that a person must close it. HALF-OPEN: the probe of one worker is out; after `untilMs` another may send one.
 */
export const breakerState = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("closed"), sinceMs: z.int() }),
  z.object({
    kind: z.literal("open"),
    cause: openCause,
    atMs: z.int(),
    probeAtMs: z.int().optional(),
    /** Probes that failed since it opened: each doubles the wait for the next. */
    probes: z.int().nonnegative(),
  }),
  z.object({ kind: z.literal("half-open"), cause: openCause, atMs: z.int(), untilMs: z.int(), probes: z.int() }),
]);
export type BreakerState = z.infer<typeof breakerState>;

/** Amounts of the three limited things: thousandths of a request, input tokens, output tokens. */
export const amounts = z.object({ requests: z.int(), input: z.int(), output: z.int() });
export type Amounts = z.infer<typeof amounts>;
export type Dimension = keyof Amounts;
export const dimensions = ["requests", "input", "output"] as const satisfies readonly Dimension[];

/**
 * What steers the class: all clocks run at `share` of their limits from max(`anchorMs`, `pausedUntilMs`) on, rising by
 * `recoverPerMinute` up to 1, and stand still while paused or while the breaker is not closed (`core/rate-clock.ts`).
 */
export const rateControl = z.object({
  anchorMs: z.int(),
  /** Positions of the three clocks at `anchorMs`. */
  clocks: amounts,
  /** Credit for a burst reaches back to these positions at most. */
  creditFrom: amounts,
  limit: rateLimit,
  /** Who set `limit`: an operator's is not replaced by a worker's settings. */
  limitBy: z.enum(["settings", "operator"]),
  /** What the server's own headers said, where that is lower. */
  server: rateLimit.omit({ burstSize: true }).partial(),
  share: z.number().min(0).max(1),
  recoverPerMinute: z.number().min(0),
  pausedUntilMs: z.int(),
  breaker: breakerState,
});
export type RateControl = z.infer<typeof rateControl>;
