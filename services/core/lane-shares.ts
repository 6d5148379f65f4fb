/**
 * How the free slots of a worker are shared among lanes (stride scheduling). Each lane has a pass that grows with what it was
 * served, slower for a heavier lane; the next slot is for the wanting lane with the lowest pass. So `high` waits least and
 * `low` is never starved, however few the slots, and a lane alone gets everything.
 */
import { type Lane, lanes } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";

/** What each lane was served so far, in turns of a lane of weight 1. */
export type Passes = Readonly<Record<Lane, number>>;

export const noPasses: Passes = { high: 0, normal: 0, low: 0 };

const turn = (lane: Lane): number => 1 / limits.laneWeights[lane];

/** Who asks, what is free, and which lanes have a backlog as far as one knows. */
export type Wish = { readonly lane: Lane; readonly free: number; readonly eager: ReadonlySet<Lane> };

/**
 * A lane without a backlog has neither debt nor more than one turn of credit: it may always look whether something came, and
 * what it did not use earlier is gone.
 */
function passOf(passes: Passes, lane: Lane, eager: ReadonlySet<Lane>): number {
  const others = lanes.filter((one) => one !== lane && eager.has(one)).map((one) => passes[one]);
  if (eager.has(lane) || others.length === 0) return passes[lane];
  const least = Math.min(...others);
  return Math.min(least, Math.max(passes[lane], least - turn(lane)));
}

/** How many messages the lane may take now; 0: the free slots are for others. */
export function laneShare(passes: Passes, { lane, free, eager }: Wish): number {
  const wanting = lanes.filter((one) => one === lane || eager.has(one));
  const next = new Map(wanting.map((one) => [one, passOf(passes, one, eager)]));
  let share = 0;
  // More than a call of each lane could take is not worth sharing out.
  for (let slot = 0; slot < Math.min(free, lanes.length * limits.receiveMax); slot++) {
    const first = wanting.reduce(
      (best, one) => ((next.get(one) ?? 0) < (next.get(best) ?? 0) ? one : best),
      wanting[0] ?? lane,
    );
    next.set(first, (next.get(first) ?? 0) + turn(first));
    if (first === lane) share++;
  }
  return share;
}

/** The passes once a lane begins to wait beside others: it has at most one turn of credit, and owes at most one. */
export function joining(passes: Passes, lane: Lane, waiting: ReadonlySet<Lane>): Passes {
  const others = lanes.filter((one) => one !== lane && waiting.has(one)).map((one) => passes[one]);
  if (others.length === 0) return passes;
  const least = Math.min(...others);
  return { ...passes, [lane]: Math.min(least + turn(lane), Math.max(passes[lane], least - turn(lane))) };
}

/** The passes once the lane was served `count` messages. */
export const afterServing = (
  passes: Passes,
  lane: Lane,
  served: { count: number; eager: ReadonlySet<Lane> },
): Passes => ({
  ...passes,
  [lane]: passOf(passes, lane, served.eager) + served.count * turn(lane),
});
