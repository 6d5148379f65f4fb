/**
 * What this worker holds of one account, as the store knows it: one change at a time, sent again until it is answered. While a change
 * has no answer the lower of both sums counts, so that nothing is drawn that may have been given back.
 */
import type { BudgetId } from "../contract/budgets.ts";
import { limits } from "../contract/limits.ts";
import {
  type BudgetAccount,
  type BudgetMove,
  changeLease,
  closeLease,
  emptyAccount,
  marksPassed,
} from "../core/budget-account.ts";
import { backoffMs } from "../core/retry.ts";
import type { BudgetParts } from "./budget-parts.ts";

const BACKOFF = { baseMs: limits.rateRetryBaseMs, maxMs: limits.rateRetryMaxMs };

export class BudgetLease {
  readonly id: BudgetId;
  readonly #parts: BudgetParts;
  /** Of the account as it was seen last; the entry in it is what the store holds for this worker. */
  #account: BudgetAccount = emptyAccount;
  #seenMs = Number.NEGATIVE_INFINITY;
  #movedMs = Number.NEGATIVE_INFINITY;
  #leased = 0;
  #gone = false;

  constructor(parts: BudgetParts, id: BudgetId) {
    this.#parts = parts;
    this.id = id;
  }

  /** Sum that was leased so far and not given back: what may be drawn at most. */
  get leased(): number {
    return this.#leased;
  }

  get account(): BudgetAccount {
    return this.#account;
  }

  /** Of that, what the account was told as spent. */
  get told(): number {
    return this.#account.entry?.spent ?? 0;
  }

  /** Somebody took the entry away: this worker counts as dead. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Recent enough to deny by. */
  get fresh(): boolean {
    return this.#parts.clock.monotonicMs() - this.#seenMs < limits.budgetViewMs;
  }

  /** Time since the account was told anything. */
  get silentMs(): number {
    return this.#parts.clock.monotonicMs() - this.#movedMs;
  }

  /** Looks at the account. Throws when the store does not answer. */
  async look(): Promise<void> {
    const atMs = this.#parts.clock.monotonicMs();
    const account = await this.#parts.store.read(this.id, this.#parts.workerId);
    this.#learn(account, atMs);
  }

  /** Sets the leased sum, tells what was spent; false when the account does not allow it, or when whoever took the entry away charged it. */
  async change(to: { leased: number; spent: number; limit: number }): Promise<boolean> {
    if (this.#gone) return false;
    const { leased, spent, limit } = to;
    const next = { op: this.#parts.nextOp(), leased, spent };
    const move = changeLease(this.#parts.workerId, { from: this.#account.entry, to: next, limit });
    return this.#settled(move, limit);
  }

  /**
   * Gives everything back but what was spent; false when the entry was another by then: a lease that was refused may be taken later all
   * the same, by a try that was under way for long. Throws when nobody answered in `tries`.
   */
  async close(spent: number, limit: number, tries?: number): Promise<boolean> {
    const { entry } = this.#account;
    const closed =
      entry === undefined || (await this.#settled(closeLease(this.#parts.workerId, entry, spent), limit, tries));
    if (closed) this.#gone = false;
    return closed;
  }

  async #settled(move: BudgetMove, limit: number, tries = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { clock, chance, stop, events } = this.#parts;
    this.#leased = Math.min(this.#leased, move.to?.leased ?? 0);
    for (let failures = 0; ; failures++) {
      try {
        return await this.#send(move, limit);
      } catch (error) {
        events.emit("store.failed", { operation: `budget ${this.id}`, message: String(error) });
        if (stop.aborted || failures + 1 >= tries) throw error;
        await clock.sleep(limits.rateRetryBaseMs + backoffMs(failures, BACKOFF, chance.fraction()), stop);
      }
    }
  }

  async #send(move: BudgetMove, limit: number): Promise<boolean> {
    const atMs = this.#parts.clock.monotonicMs();
    const before = this.#account.spentMicroUsd;
    const { kind, account } = await this.#parts.store.move(this.id, move);
    this.#learn(account, atMs);
    if (kind === "refused") return false;
    this.#movedMs = atMs;
    const after = account.spentMicroUsd;
    this.#warn(kind === "moved" ? after - move.spentBy : Math.min(before, after), after, limit);
    return true;
  }

  #learn(account: BudgetAccount, atMs: number): void {
    const had = this.#account.entry !== undefined;
    this.#account = account;
    this.#seenMs = atMs;
    this.#leased = account.entry?.leased ?? 0;
    this.#gone = account.entry === undefined && (had || this.#gone);
  }

  #warn(before: number, after: number, limitMicroUsd: number): void {
    for (const mark of marksPassed(before, after, limitMicroUsd))
      this.#parts.events.emit("budget.mark", { budget: this.id, mark, spentMicroUsd: after, limitMicroUsd });
  }
}
