/**
 * A budget's account in one window, and how a part of it is leased to a worker and comes back. Pure. What is spent or may be spent
 * is never above `leasedMicroUsd`, and that is never above the limit.
 */
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";

/**
 * What one worker holds of an account, in sums since it began: leased, and how much of that it has told as spent. `op` grows with
 * every change that a worker makes to any of its entries, so that a late write never fits a newer entry.
 */
export type BudgetEntry = { readonly op: number; readonly leased: number; readonly spent: number };

/** An account as the store shows it to one worker; `entry` is that worker's, absent when it holds nothing. */
export type BudgetAccount = {
  readonly leasedMicroUsd: number;
  readonly spentMicroUsd: number;
  readonly entry: BudgetEntry | undefined;
};

/** An account that nobody has used. */
export const emptyAccount: BudgetAccount = { leasedMicroUsd: 0, spentMicroUsd: 0, entry: undefined };

/**
 * One conditional write: the worker's entry must be `from`, and with `leasedMax` the account's leased sum at most that; then the
 * entry becomes `to` (absent: taken away) and both sums move.
 */
export type BudgetMove = {
  readonly worker: WorkerId;
  readonly from: BudgetEntry | undefined;
  readonly to: BudgetEntry | undefined;
  readonly leasedBy: number;
  readonly spentBy: number;
  readonly leasedMax?: number;
};

/** What a worker wants of its entry: how much leased, and what it has spent so far. */
type Wanted = { readonly op: number; readonly leased: number; readonly spent: number };

/** Leases more, or gives a part back; either tells what was spent. Only a lease can be refused by the limit. */
export function changeLease(
  worker: WorkerId,
  { from, to, limit }: { from: BudgetEntry | undefined; to: Wanted; limit: number },
): BudgetMove {
  const leasedBy = to.leased - (from?.leased ?? 0);
  const move = { worker, from, to, leasedBy, spentBy: to.spent - (from?.spent ?? 0) };
  return leasedBy > 0 ? { ...move, leasedMax: limit - leasedBy } : move;
}

/** Takes an entry away: `kept` of what was leased was spent or may have been, the rest comes back. */
export function closeLease(worker: WorkerId, from: BudgetEntry, kept: number): BudgetMove {
  const gone = Math.max(kept, from.spent);
  return { worker, from, to: undefined, leasedBy: gone - from.leased, spentBy: gone - from.spent };
}

/**
 * Takes a dead worker's entry away. Up to `ceiling`, what the last beat that was stored allowed it to draw, all may be spent; only
 * what lies above comes back.
 */
export const buryLease = (worker: WorkerId, from: BudgetEntry, ceiling: number): BudgetMove =>
  closeLease(worker, from, Math.min(from.leased, ceiling));

const isSame = (a: BudgetEntry | undefined, b: BudgetEntry | undefined): boolean =>
  a?.op === b?.op && a?.leased === b?.leased && a?.spent === b?.spent;

/** Whether an account takes a move. */
export const takesMove = (account: BudgetAccount, move: BudgetMove): boolean =>
  isSame(account.entry, move.from) && (move.leasedMax === undefined || account.leasedMicroUsd <= move.leasedMax);

/** The account after a move. */
export const afterMove = (account: BudgetAccount, move: BudgetMove): BudgetAccount => ({
  leasedMicroUsd: account.leasedMicroUsd + move.leasedBy,
  spentMicroUsd: account.spentMicroUsd + move.spentBy,
  entry: move.to,
});

/** Whether an account that refuses a move shows that it has happened: an earlier try had no answer. */
export const wasMoved = (account: BudgetAccount, move: BudgetMove): boolean =>
  isSame(account.entry, move.to) && !isSame(move.from, move.to);

/** What an account can do for a worker that lacks `missing` for a call of at most `callMicroUsd`. */
export type Afford =
  | { readonly kind: "lease"; readonly microUsd: number }
  /** Others hold it for calls under way; some will come back. */
  | { readonly kind: "reserved" }
  /** So much is spent that the call does not fit any more in this window, whatever comes back. */
  | { readonly kind: "exhausted" };

/**
 * How much to lease: a block of many calls, a small part of what is left when that is less, and no more than one reservation near
 * exhaustion. `unsaid` is what this worker spent and has not told the account.
 */
export function affordable(
  account: BudgetAccount,
  need: { readonly limit: number; readonly missing: number; readonly callMicroUsd: number; readonly unsaid: number },
): Afford {
  const { limit, missing, callMicroUsd } = need;
  const left = limit - account.leasedMicroUsd;
  if (left >= missing) {
    const block = Math.min(callMicroUsd * limits.budgetBlockCalls, Math.floor(left / limits.budgetBlockPart));
    return { kind: "lease", microUsd: Math.max(missing, block) };
  }
  const spent = account.spentMicroUsd + need.unsaid;
  return limit - spent < callMicroUsd ? { kind: "exhausted" } : { kind: "reserved" };
}

/**
 * How far above what is drawn a beat's ceiling lies: what a death costs, against a beat for each call. `left` of the budget is not
 * leased; of a small budget nothing is put at risk, and its few calls cost few beats.
 */
export const aheadOf = (left: number, callMicroUsd: number): number =>
  Math.max(0, Math.min(callMicroUsd * limits.budgetAheadCalls, Math.floor(left / limits.budgetAheadPart)));

/** Shares of a budget at which a warning is due, in percent. */
export const softMarks = [50, 80] as const;
export type SoftMark = (typeof softMarks)[number];

/** The marks that a spend passed: each once in its window. Nothing of a limit that is not there. */
export const marksPassed = (before: number, after: number, limit: number): SoftMark[] =>
  softMarks.filter((mark) => before * 100 < mark * limit && after * 100 >= mark * limit);
