/**
 * The clocks of a limit class. A slot is a position, not a time: three clocks (requests, input, output tokens) run at the
 * limits, slower after a cut or in a ramp, and stand still in a pause or under an open breaker. So a cut, a pause and a changed
 * limit move every slot that was handed out before, without a word to its holder, and nobody starts in a crowd afterwards.
 */
import { type Amounts, type Dimension, dimensions, type RateControl } from "../contract/rate.ts";
import { MINUTE } from "../contract/units.ts";

/** A request counts a thousand, so that positions are integers however slow the clock. */
export const PERMIT = 1_000;

/** Amounts a minute that are in force: the configured ones, or what the server's headers said where that is less. */
export function perMinute({ limit, server }: RateControl): Amounts {
  const least = (own: number, said: number | undefined) => Math.min(own, said ?? own);
  return {
    requests: least(limit.requestsPerMinute, server.requestsPerMinute) * PERMIT,
    input: least(limit.inputTokensPerMinute, server.inputTokensPerMinute),
    output: least(limit.outputTokensPerMinute, server.outputTokensPerMinute),
  };
}

/** What may start at once after quiet: `burstSize` requests, and tokens for as many seconds of their rate. */
export function burstOf(control: RateControl): Amounts {
  const rate = perMinute(control);
  const requests = Math.min(control.limit.burstSize * PERMIT, rate.requests);
  const seconds = requests / rate.requests;
  const tokens = (amount: number) => Math.max(1, Math.floor(amount * seconds));
  return { requests: Math.max(PERMIT, requests), input: tokens(rate.input), output: tokens(rate.output) };
}

/** Whether the clocks stand still until the breaker changes. */
export const isFrozen = ({ breaker }: RateControl): boolean => breaker.kind !== "closed";

const startOf = ({ anchorMs, pausedUntilMs }: RateControl): number => Math.max(anchorMs, pausedUntilMs);

/** Slope of the share in 1/ms, and how long it rises. */
function rise({ share, recoverPerMinute }: RateControl): { slope: number; forMs: number } {
  const slope = recoverPerMinute / MINUTE;
  if (share >= 1) return { slope: 0, forMs: 0 };
  return { slope, forMs: slope > 0 ? (1 - share) / slope : Number.POSITIVE_INFINITY };
}

/** The share of the limits at which the clocks run at `atMs`: 0 while they stand still. */
export function shareAt(control: RateControl, atMs: number): number {
  const x = atMs - startOf(control);
  if (x < 0 || isFrozen(control)) return 0;
  return Math.min(1, control.share + rise(control).slope * x);
}

/** Milliseconds at full rate that have passed between `anchorMs` and `atMs`. */
function fullMs(control: RateControl, atMs: number): number {
  const x = atMs - startOf(control);
  if (x <= 0 || isFrozen(control)) return 0;
  const { slope, forMs } = rise(control);
  const rising = Math.min(x, forMs);
  return control.share * rising + (slope * rising * rising) / 2 + (x - rising);
}

/** When `full` milliseconds at full rate will have passed since `anchorMs`; never, while the clocks stand still. */
function timeOf(control: RateControl, full: number): number {
  if (isFrozen(control)) return Number.POSITIVE_INFINITY;
  const start = startOf(control);
  if (full <= 0) return start;
  const { slope, forMs } = rise(control);
  const risen = Number.isFinite(forMs) ? control.share * forMs + (slope * forMs * forMs) / 2 : Number.POSITIVE_INFINITY;
  if (full > risen) return start + forMs + (full - risen);
  if (slope === 0) return control.share > 0 ? start + full / control.share : Number.POSITIVE_INFINITY;
  return start + (2 * full) / (control.share + Math.sqrt(control.share * control.share + 2 * slope * full));
}

/** Where the clocks stand at `atMs`; rounded down, so that nothing starts early. */
export function positionsAt(control: RateControl, atMs: number): Amounts {
  const minutes = fullMs(control, atMs) / MINUTE;
  const rate = perMinute(control);
  const at = (dimension: Dimension) => control.clocks[dimension] + Math.floor(rate[dimension] * minutes);
  return { requests: at("requests"), input: at("input"), output: at("output") };
}

/** When a clock reaches a position; `Infinity` while it stands still. A position behind it is reached as soon as it runs. */
export function whenReached(control: RateControl, dimension: Dimension, position: number): number {
  const rate = perMinute(control)[dimension];
  return timeOf(control, ((position - control.clocks[dimension]) / rate) * MINUTE);
}

/** When all three clocks have reached a slot. Milliseconds since 1970. */
export const slotTimeMs = (control: RateControl, slot: Amounts): number =>
  Math.max(...dimensions.map((dimension) => whenReached(control, dimension, slot[dimension])));
