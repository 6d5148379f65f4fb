/**
 * Reservation of slots (GCRA, "virtual scheduling") as arithmetic: what one conditional update books on the item of a limit class.
 * The item holds, for each dimension, the next free position of its clock. A booking moves it on, from where it is when that is
 * recent (`ahead`), else from the floor, which is as far back as a burst may reach (`behind`).
 */
import { limits } from "../contract/limits.ts";
import { type Amounts, type Dimension, dimensions, type RateControl } from "../contract/rate.ts";
import { burstOf, PERMIT, perMinute, positionsAt, whenReached } from "./rate-clock.ts";
import type { Left } from "./server-credit.ts";

/** `ahead`: add, if the position is at least `from`. `behind`: set to `to`, if it is below `below`. */
export type Move =
  | { readonly kind: "ahead"; readonly from: number; readonly add: number }
  | { readonly kind: "behind"; readonly below: number; readonly to: number };
export type Moves = Readonly<Record<Dimension, Move>>;

/** What is asked for: `permits` requests with the tokens that they may use, and what earlier estimates were wrong by. */
export type Booking = {
  readonly permits: number;
  readonly tokens: { readonly input: number; readonly output: number };
  readonly correction: { readonly input: number; readonly output: number };
  /** Another worker was faster: leave room for more of them, at the price of a little credit for a burst. */
  readonly contended?: boolean;
  /** Positions that the server's headers leave free (`core/server-credit.ts`), where they are known. */
  readonly least?: Left | undefined;
};

type Plan = { readonly hard: number; readonly floor: number; readonly seen: number };

/**
 * A correction is made before the charge and never gives more credit than the floor. `hard` <= `floor`: between them both
 * moves are right, so that workers who look at the same moment seldom refuse each other.
 */
function moveOf({ hard, floor, seen }: Plan, charge: number, correction: number): Move {
  const given = Math.min(0, correction);
  if (seen >= hard - given) return { kind: "ahead", from: hard - given, add: charge + correction };
  return { kind: "behind", below: floor - given, to: floor + charge + Math.max(0, correction) };
}

/** A settlement without a reservation leaves the requests where they are, unless the server has fewer left. */
function stay(seen: number, least: number | undefined): Move {
  if (least !== undefined && seen < least) return { kind: "behind", below: least, to: least };
  return { kind: "ahead", from: Number.MIN_SAFE_INTEGER, add: 0 };
}

/**
 * Where demand is there and the free position lags behind, bookings that look at the same moment refuse each other; one that was
 * refused moves it this far ahead of the floor, so that the others only add to it.
 */
function roomOf(control: RateControl): number {
  const perMs = perMinute(control).requests / 60_000;
  return Math.floor(Math.min(burstOf(control).requests / 4, perMs * limits.rateContendedMs));
}

/** When the tokens that are booked already let the next call start: its request waits as long, and takes no credit for it. */
function tokensFreeMs(control: RateControl, seen: Amounts): number {
  const ms = Math.max(whenReached(control, "input", seen.input), whenReached(control, "output", seen.output));
  return Number.isFinite(ms) ? ms : 0;
}

/** The moves of a booking, from the positions that were seen last. The store refuses it when they have changed too much. */
export function movesOf(
  { control, positions: seen }: { readonly control: RateControl; readonly positions: Amounts },
  booking: Booking,
  nowMs: number,
): Moves {
  const burst = burstOf(control);
  const now = positionsAt(control, nowMs);
  const startMs = Math.max(nowMs, tokensFreeMs(control, seen));
  const reach = positionsAt(control, startMs).requests - burst.requests + booking.permits * PERMIT;
  const { least: said = {} } = booking;
  const requests = Math.max(reach, control.creditFrom.requests, said.requests ?? reach);
  const room = booking.contended === true ? roomOf(control) : 0;
  const tokens = (dimension: "input" | "output"): Move => {
    // The server lets a call start when what it needs is there.
    const there = (said[dimension] ?? Number.NEGATIVE_INFINITY) + booking.tokens[dimension];
    const least = Math.max(control.creditFrom[dimension], there);
    const hard = Math.max(now[dimension] - burst[dimension], least);
    const floor = Math.max(now[dimension] - Math.floor(burst[dimension] / 2), least);
    return moveOf(
      { hard, floor, seen: seen[dimension] },
      booking.tokens[dimension],
      Math.round(booking.correction[dimension]),
    );
  };
  return {
    requests:
      booking.permits === 0
        ? stay(seen.requests, said.requests)
        : moveOf({ hard: requests, floor: requests + room, seen: seen.requests }, booking.permits * PERMIT, 0),
    input: tokens("input"),
    output: tokens("output"),
  };
}

/** Whether an item at `positions` takes the moves. */
export const takes = (positions: Amounts, moves: Moves): boolean =>
  dimensions.every((dimension) => {
    const move = moves[dimension];
    return move.kind === "ahead" ? positions[dimension] >= move.from : positions[dimension] < move.below;
  });

/** Positions after the moves. */
export function moved(positions: Amounts, moves: Moves): Amounts {
  const after = (dimension: Dimension) => {
    const move = moves[dimension];
    return move.kind === "ahead" ? positions[dimension] + move.add : move.to;
  };
  return { requests: after("requests"), input: after("input"), output: after("output") };
}

/** The slot of the first permit of a booking, from the positions after it; the following requests are one `PERMIT` apart. */
export const firstSlot = (after: Amounts, { permits, tokens }: Pick<Booking, "permits" | "tokens">): Amounts => ({
  requests: after.requests - permits * PERMIT,
  input: after.input - tokens.input,
  output: after.output - tokens.output,
});

/** Permits of one reservation: as many as wait, but no more than `spanMs` of the rate (a dead worker loses that much). */
export function permitsOf(control: RateControl, waiting: number, most: { spanMs: number; permits: number }): number {
  const perMs = perMinute(control).requests / PERMIT / 60_000;
  const span = Math.floor(perMs * most.spanMs);
  return Math.max(1, Math.min(waiting, span, most.permits, control.limit.burstSize));
}
