/** A limiter's store as the workers of a test fleet reach it. */
import type { Move } from "../../services/core/limiter.ts";
import { PERMIT } from "../../services/core/rate-clock.ts";
import type { Clock } from "../../services/ports/clock.ts";
import type { BookWrite, LimiterStore } from "../../services/ports/limiter-store.ts";

type Way = {
  readonly clock: Clock;
  readonly storeMs: number;
  readonly lostShare: number;
  readonly doubledShare: number;
  fraction(): number;
};

/** Slots that a worker was given, those of bookings of which it knows nothing (no answer, or made twice), and those that it used. */
export type Slots = { given: number; lost: number; used: number };

/** How far a move goes: what it charges and corrects. */
const lengthOf = (move: Move): number => (move.kind === "ahead" ? move.add : move.to - move.below);

/** Slots of a booking: its move of the requests, which nothing corrects. */
const slotsOf = ({ moves }: BookWrite): number => lengthOf(moves.requests) / PERMIT;

/** The store as workers reach it: calls take a while each way; some answers never arrive. Counts writes, and each worker's slots. */
export function remoteStore(store: LimiterStore, { clock, storeMs, lostShare, doubledShare, fraction }: Way) {
  const counts = { writes: 0, refused: 0, reads: 0 };
  /** Input tokens that bookings have charged and corrected, and the position before the first of them. */
  const input = { moved: 0, from: Number.POSITIVE_INFINITY };
  const onTheWay = () => clock.sleep(storeMs * (0.4 + 1.2 * fraction()));
  const over = async <T>(call: () => Promise<T>, lost?: (result: T) => void): Promise<T> => {
    await onTheWay();
    const result = await call();
    await onTheWay();
    if (fraction() >= lostShare) return result;
    lost?.(result);
    throw new Error("the answer was lost");
  };
  const write = async <T extends { kind: string }>(call: () => Promise<T>, lost?: (result: T) => void): Promise<T> => {
    counts.writes++;
    const result = await over(call, lost);
    if (result.kind === "refused") counts.refused++;
    return result;
  };
  const portOf = (slots: Slots): LimiterStore => ({
    read: (name) => {
      counts.reads++;
      return over(() => store.read(name));
    },
    begin: (name, control) => {
      counts.writes++;
      return over(() => store.begin(name, control));
    },
    book: async (name, version, what) => {
      const lost = ({ kind }: { kind: string }) => {
        if (kind === "booked") slots.lost += slotsOf(what);
      };
      const answer = await write(async () => {
        const first = await store.book(name, version, what);
        if (first.kind === "booked") {
          const length = lengthOf(what.moves.input);
          // Answers may come in another order than the bookings were made in.
          input.from = Math.min(input.from, (first.item?.positions.input ?? 0) - length);
          input.moved += length;
        }
        if (doubledShare > 0 && fraction() < doubledShare) lost(await store.book(name, version, what));
        return first;
      }, lost);
      if (answer.kind === "booked") slots.given += slotsOf(what);
      return answer;
    },
    change: (name, version, control) => write(() => store.change(name, version, control)),
  });
  return { portOf, counts, input };
}
