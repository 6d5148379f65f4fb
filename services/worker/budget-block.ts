/**
 * One worker's part of one budget in one window. Draws are granted in the order of asking, from what is leased and below the ceiling
 * of the beats; what is missing is leased or published first. IDLE -> OBTAINING while somebody waits; UPKEEP gives back or tells.
 * A draw that the budget cannot cover now is denied, never granted; without an answer of the store it waits.
 */
import type { BudgetId } from "../contract/budgets.ts";
import { limits } from "../contract/limits.ts";
import { affordable, aheadOf } from "../core/budget-account.ts";
import type { BudgetOfCall } from "../core/budget-window.ts";
import { backoffMs } from "../core/retry.ts";
import { BudgetLease } from "./budget-lease.ts";
import type { BudgetParts, Drawn } from "./budget-parts.ts";

type Waiter = { readonly microUsd: number; give(what: Drawn): void };

const BACKOFF = { baseMs: limits.rateRetryBaseMs, maxMs: limits.rateRetryMaxMs };

export class BudgetBlock {
  readonly id: BudgetId;
  readonly #parts: BudgetParts;
  readonly #lease: BudgetLease;
  #budget: BudgetOfCall;
  /** Sums since the entry was made: what calls that are over cost; and reserved now by calls under way. */
  #settled = 0;
  #open = 0;
  /** Largest draw of late: the size of one reservation. */
  #callMicroUsd = 0;
  #usedMs: number;
  #loweredMs = Number.NEGATIVE_INFINITY;
  #busy = false;
  #denied = false;
  #told = false;
  readonly #waiting = new Set<Waiter>();

  constructor(parts: BudgetParts, budget: BudgetOfCall) {
    this.#parts = parts;
    this.#budget = budget;
    this.id = budget.id;
    this.#lease = new BudgetLease(parts, budget.id);
    this.#usedMs = parts.clock.monotonicMs();
  }

  /** What the next beat publishes: drawn so far, what waits, and some calls more while the budget is large. */
  get ceiling(): number {
    const waiting = [...this.#waiting].reduce((all, { microUsd }) => all + microUsd, 0);
    const left = this.#budget.limitMicroUsd - this.#lease.account.leasedMicroUsd;
    return this.#drawn + waiting + aheadOf(left, this.#callMicroUsd);
  }

  /** Draws up to `microUsd` of the budget as it is now; `stopped` once `signal` aborts. */
  take(budget: BudgetOfCall, microUsd: number, signal: AbortSignal): Promise<Drawn> {
    if (signal.aborted || this.#parts.stop.aborted) return Promise.resolve({ kind: "stopped" });
    this.#budget = budget;
    this.#callMicroUsd = microUsd;
    this.#usedMs = this.#parts.clock.monotonicMs();
    const { promise, resolve } = Promise.withResolvers<Drawn>();
    const abort = () => {
      this.#waiting.delete(waiter);
      resolve({ kind: "stopped" });
    };
    const give = (what: Drawn) => {
      signal.removeEventListener("abort", abort);
      this.#waiting.delete(waiter);
      resolve(what);
    };
    const waiter = { microUsd, give };
    signal.addEventListener("abort", abort, { once: true });
    this.#waiting.add(waiter);
    if (!this.#busy) void this.#serve();
    return promise;
  }

  /** Gives back what is of no use, or tells what was spent; true when nothing is held any more and the block may go. */
  async upkeep(): Promise<boolean> {
    const { clock } = this.#parts;
    if (this.#busy || this.#waiting.size > 0) return false;
    const over = clock.nowMs() >= this.#budget.endMs || clock.monotonicMs() - this.#usedMs >= limits.budgetIdleMs;
    if (over && this.#open === 0) return this.close();
    const untold = this.#settled > this.#lease.told && this.#lease.silentMs >= limits.budgetTellMs;
    if (untold) await this.#alone(() => this.#set(this.#lease.leased));
    return false;
  }

  /** Gives everything back but what was spent; false when calls are under way, somebody asks, nobody answered in `tries`, or a late lease came first. */
  async close(tries?: number): Promise<boolean> {
    if (this.#open > 0 || this.#busy) return false;
    let closed = false;
    await this.#alone(async () => {
      closed = await this.#lease.close(this.#settled, this.#budget.limitMicroUsd, tries);
      // What was spent is forgotten only with the entry that tells it.
      if (closed) this.#settled = 0;
    });
    return closed && this.#waiting.size === 0 && this.#open === 0;
  }

  get #drawn(): number {
    return this.#settled + this.#open;
  }

  /** What may be drawn still; nothing while a beat that the store may have does not name the budget. */
  get #left(): number {
    return Math.min(this.#lease.leased, this.#parts.ceilings.of(this.id) ?? 0) - this.#drawn;
  }

  async #serve(): Promise<void> {
    this.#denied = false;
    await this.#alone(async () => {
      for (let failures = 0; this.#waiting.size > 0 && !this.#parts.stop.aborted; ) {
        const [first] = this.#waiting;
        if (first === undefined) return;
        if (first.microUsd <= this.#left) this.#grant(first);
        else failures = (await this.#obtain(first)) ? 0 : failures + 1;
        if (failures > 0) await this.#rest(failures);
      }
      // What is left over is of use to a worker whose call it covers.
      if (this.#denied && this.#lease.leased > this.#drawn) await this.#set(this.#drawn);
    });
  }

  #rest(failures: number): Promise<void> {
    const { clock, chance, stop } = this.#parts;
    return clock.sleep(limits.rateRetryBaseMs + backoffMs(failures, BACKOFF, chance.fraction()), stop);
  }

  #grant(waiter: Waiter): void {
    const { microUsd } = waiter;
    this.#open += microUsd;
    let open = true;
    const settle = (cost: number) => {
      if (!open) return;
      open = false;
      this.#open -= microUsd;
      this.#settled += cost;
      this.#lower();
    };
    waiter.give({ kind: "drawn", settle });
  }

  /** Publishes a lower ceiling when calls cost so much less than they reserved that a death would lose a share of the budget. */
  #lower(): void {
    const { clock, ceilings, beat } = this.#parts;
    const atMs = clock.monotonicMs();
    const slack = (ceilings.of(this.id) ?? 0) - this.ceiling;
    if (slack * limits.budgetSlackPart < this.#budget.limitMicroUsd) return;
    if (atMs - this.#loweredMs < limits.budgetLowerMs) return;
    this.#loweredMs = atMs;
    void beat();
  }

  /** One step towards what the first one lacks: a ceiling, a lease, or the answer that it cannot be. False: nobody answered. */
  async #obtain(first: Waiter): Promise<boolean> {
    const { ceilings, events } = this.#parts;
    const missing = this.#drawn + first.microUsd - this.#lease.leased;
    try {
      if (ceilings.of(this.id) === undefined || missing <= 0) return await this.#parts.beat();
      if (this.#lease.gone) return this.#deny(first, limits.budgetParkMs, "this worker counts as dead");
      const unsaid = this.#settled - this.#lease.told;
      const { limitMicroUsd: limit, endMs } = this.#budget;
      const can = affordable(this.#lease.account, { limit, missing, callMicroUsd: first.microUsd, unsaid });
      if (can.kind === "exhausted") {
        this.#exhausted();
        const leftMs = Math.max(0, endMs - this.#parts.clock.nowMs());
        return this.#deny(first, Math.min(leftMs, limits.budgetParkMaxMs), `${this.id} is spent`);
      }
      if (!this.#lease.fresh) await this.#lease.look();
      else if (can.kind === "reserved") return this.#deny(first, limits.budgetParkMs, `${this.id} is reserved`);
      else await this.#set(this.#lease.leased + can.microUsd);
      return true;
    } catch (error) {
      events.emit("store.failed", { operation: `budget ${this.id}`, message: String(error) });
      return false;
    }
  }

  #deny(waiter: Waiter, waitMs: number, because: string): true {
    this.#denied = true;
    // Runs that are parked for the same reason come back spread.
    const spreadMs = this.#parts.chance.fraction() * limits.budgetParkMs;
    waiter.give({ kind: "held", waitMs: Math.ceil(waitMs + spreadMs), because });
    return true;
  }

  #exhausted(): void {
    if (this.#told) return;
    this.#told = true;
    const { limitMicroUsd, endMs } = this.#budget;
    const { spentMicroUsd } = this.#lease.account;
    this.#parts.events.emit("budget.exhausted", { budget: this.id, spentMicroUsd, limitMicroUsd, untilMs: endMs });
  }

  #set(leased: number): Promise<boolean> {
    return this.#lease.change({ leased, spent: this.#settled, limit: this.#budget.limitMicroUsd });
  }

  /** One at a time; false when it failed. Who asked meanwhile is served after it. */
  async #alone(act: () => Promise<unknown>): Promise<boolean> {
    this.#busy = true;
    try {
      await act();
      return true;
    } catch (error) {
      this.#parts.events.emit("store.failed", { operation: `budget ${this.id}`, message: String(error) });
      return false;
    } finally {
      this.#busy = false;
      if (this.#parts.stop.aborted) for (const waiter of [...this.#waiting]) waiter.give({ kind: "stopped" });
      else if (this.#waiting.size > 0) void this.#serve();
    }
  }
}
