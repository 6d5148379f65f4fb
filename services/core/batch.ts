/** Batches as decisions: what a request in one is called, when to look again, which batch may be that of a flight in doubt. Pure. */
import type { Flight } from "../contract/batch.ts";
import type { RunId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { HeadWrite } from "../contract/run.ts";
import { listsOf } from "./cost.ts";
import { type HeldRun, storeDoubts } from "./held-run.ts";

/** Name of a run's turn in a batch: at most 64 letters, digits, `_` and `-`. */
export const customIdOf = (runId: RunId, turn: number): string => `${runId}-${turn}`;

/** When to look at a batch again that is `ageMs` old: half its age, so that a day of waiting costs some dozens of looks. */
export const lookAgainMs = (ageMs: number, firstMs: number = limits.batchPollMs): number =>
  Math.min(limits.batchPollMaxMs, Math.max(firstMs, Math.ceil(ageMs / 2)));

/** What the API tells of a batch before it has ended. */
export type BatchSeen = { readonly id: string; readonly createdAtMs: number; readonly size: number };

/** The flight's batch was made in this time, if it was made: clocks may differ by the slack. */
export const bornIn = ({ intentAtMs }: Flight) => ({
  fromMs: intentAtMs - limits.batchSlackMs,
  untilMs: intentAtMs + limits.batchSendMs + limits.batchCallMs + limits.batchSlackMs,
});

/** Batches that may be the one that a flight in doubt made: of its size, and made while its sender may have sent it. */
export function candidatesOf<B extends BatchSeen>(flight: Flight, batches: readonly B[]): B[] {
  const { fromMs, untilMs } = bornIn(flight);
  return batches.filter(
    ({ size, createdAtMs }) => size === flight.size && createdAtMs >= fromMs && createdAtMs <= untilMs,
  );
}

/** Most that a turn can cost in a batch, by any list of its model, which can cost `microUsd` as a call of its own. */
export function batchWorst(model: string, microUsd: number): number {
  const shares = listsOf(model).flatMap(({ bands }) => bands.map(({ batchShare }) => batchShare));
  return Math.ceil(microUsd * Math.max(...(shares.length === 0 ? [1] : shares)));
}

/** The turn is in no batch any more, and a call of its own may begin: what happens to the run now leaves that one in doubt. */
export function stayDirect(run: HeldRun): HeadWrite {
  const { guard, set } = storeDoubts(run);
  const { head } = run;
  const pace = head.relaxed === undefined ? {} : { relaxed: head.relaxed };
  return { guard, set: { ...set, ...pace }, remove: ["flight", "asked"] };
}
