/** What a Spot drought did: how soon other pools stood in, and when Spot was back. Pure. */

import type { Span } from "../traffic/traffic.ts";
import type { Launched } from "../world/groups.ts";

/** Times in ms; absent: it did not happen. `refused`: launches of Spot machines that were refused. */
export type Fallback = {
  readonly refused: number;
  /** From the first refusal to the launch of other machines that follows it. */
  readonly fallbackMs: number | undefined;
  /** From the end of the drought to the first Spot machine. */
  readonly returnMs: number | undefined;
};

/** Reads the launches of a simulation, ascending by time. */
export function fallbackOf(launches: readonly Launched[], { fromMs, untilMs }: Omit<Span, "name">): Fallback {
  const refusals = launches.filter(({ kind, atMs }) => kind === "refused" && atMs >= fromMs && atMs < untilMs);
  const [first] = refusals;
  const launched = (after: number, is: (launch: Launched) => boolean) =>
    launches.find((one) => one.kind === "launched" && one.atMs >= after && is(one));
  const other = first && launched(first.atMs, ({ pool, atMs }) => pool !== "spot" && atMs >= first.atMs);
  const back = launched(untilMs, ({ pool }) => pool === "spot");
  return {
    refused: refusals.reduce((sum, { machines }) => sum + machines, 0),
    fallbackMs: other && first ? other.atMs - first.atMs : undefined,
    returnMs: back && back.atMs - untilMs,
  };
}
