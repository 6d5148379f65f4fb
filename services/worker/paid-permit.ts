/** A permit whose call is paid from a draw: both are settled when the call has ended. */
import { costOf } from "../core/cost.ts";
import type { Draw } from "./budget-parts.ts";
import type { CallEnd } from "./call-end.ts";
import type { Permit } from "./gate-parts.ts";

/** The call that is paid for, the most that it may cost, and when it starts: prices have dates. */
export type PaidCall = { readonly model: string; readonly reservedMicroUsd: number; readonly atMs: number };

/** What a call cost by its end, or may have cost: all that was reserved when nobody knows. */
export function costAtMost(end: CallEnd, { model, reservedMicroUsd, atMs }: PaidCall): number {
  if (end.kind === "unused" || end.kind === "done") return 0;
  if (end.kind === "failed") return end.billed === "no" ? 0 : reservedMicroUsd;
  const priced = costOf(end.pricedAs ?? model, end.usage, { atMs });
  return priced.kind === "priced" ? priced.microUsd : reservedMicroUsd;
}

/** The permit of a call that this draw pays for. */
export const paidPermit = (draw: Draw, permit: Permit, call: PaidCall): Permit => ({
  ...permit,
  settle: (end) => {
    draw.settle(costAtMost(end, call));
    permit.settle(end);
  },
});
