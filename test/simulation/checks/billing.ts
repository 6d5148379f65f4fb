/** Promise 2, second half, and 5: what is billed is accounted for, and stays within the budget. */
import type { RunHead } from "../../../services/contract/run.ts";
import { isEnded } from "../../../services/core/lifecycle.ts";
import type { Check } from "./observer.ts";

/** What a run that nobody holds may have been billed: its turns, those in doubt, and one that is in a batch. */
export const accountedOf = ({ turn, inDoubt, flight }: RunHead): number =>
  turn - 1 + inDoubt + (flight === undefined ? 0 : 1);

/** Billed calls <= committed turns + turns in doubt, and one that is in a batch, whenever nobody holds the run. */
export const billedIsAccounted: Check = (report) => ({
  head: ({ file, before, after }) => {
    if (before?.state !== "RUNNING" || after.state === "RUNNING") return;
    if (file.billed > accountedOf(after))
      report(
        "billedIsAccounted",
        file,
        `${file.billed} calls billed, ${after.turn - 1} turns, ${after.inDoubt} in doubt`,
      );
  },
});

/**
 * A doubt has a cause: a billed call that was not committed, or a lease that was lost while a call may have been open. A holder that
 * faults touched may give up a lease of its own without knowing whether it called: a claim whose answer was lost. Or the turn was in
 * a batch when the run ended, or in one of which nobody could say whether it was made.
 */
export const doubtsHaveCauses: Check = (report, { voidFlights }) => ({
  head: ({ file, before, after, by }) => {
    const left = before?.state === "RUNNING" && after.state !== "RUNNING";
    if (left && (by?.name !== before.holder || (by?.disturbed ?? 0) > 0)) file.leasesLost++;
    const inFlight = before?.flight !== undefined && after.flight !== before.flight ? before.flight : undefined;
    const leftOpen = isEnded(after.state) && after.turn === before?.turn;
    if (inFlight !== undefined && (leftOpen || voidFlights.has(inFlight))) file.leasesLost++;
    if (before === undefined || after.inDoubt === before.inDoubt) return;
    const uncommitted = file.billed - (after.turn - 1);
    if (after.inDoubt > uncommitted + file.leasesLost)
      report(
        "doubtsHaveCauses",
        file,
        `${after.inDoubt} in doubt, ${uncommitted} uncommitted, ${file.leasesLost} leases lost`,
      );
  },
});

/** No call begins, and nothing is spent, beyond the budget: what was spent, may have been spent, and is reserved for the call. */
export const budgetHolds: Check = (report) => ({
  head: ({ file, after }) => {
    const { spentMicroUsd, possibleMicroUsd, reservedMicroUsd, budgetMicroUsd } = after;
    if (spentMicroUsd + possibleMicroUsd > budgetMicroUsd)
      report("budgetHolds", file, `${spentMicroUsd} + ${possibleMicroUsd} of ${budgetMicroUsd} are spent`);
    if (isEnded(after.state) && reservedMicroUsd !== 0) report("budgetHolds", file, "ended with a reservation");
  },
  modelCall: ({ file }) => {
    if (file.head === undefined) return;
    const { spentMicroUsd, possibleMicroUsd, reservedMicroUsd, budgetMicroUsd } = file.head;
    if (spentMicroUsd + possibleMicroUsd + reservedMicroUsd > budgetMicroUsd)
      report("budgetHolds", file, `${spentMicroUsd} + ${possibleMicroUsd} + ${reservedMicroUsd} of ${budgetMicroUsd}`);
  },
});
