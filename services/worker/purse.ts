/**
 * The purse of one worker: every model call draws its worst case from the budgets of its tenant's day and of the fleet's hour before it
 * starts, and settles at its end. Where nothing is limited it reads the limits now and then, and writes nothing.
 */
import type { BudgetDefaults, BudgetId } from "../contract/budgets.ts";
import type { WorkerBeat } from "../contract/fleet.ts";
import type { TenantId, WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { type BudgetOfCall, budgetsOf } from "../core/budget-window.ts";
import { OVER } from "../ports/clock.ts";
import { BudgetBlock } from "./budget-block.ts";
import { BudgetLimits } from "./budget-limits.ts";
import type { BudgetParts, Draw, Drawn } from "./budget-parts.ts";
import { Ceilings } from "./ceilings.ts";
import type { WorkerDeps } from "./deps.ts";

/** Whose call, the most that it can cost, and when the asking is over. */
export type DrawAsk = { readonly tenant: TenantId; readonly microUsd: number; readonly signal: AbortSignal };

type Settings = { readonly workerId: WorkerId; readonly defaults: BudgetDefaults; beat(): Promise<boolean> };

/** A call of which nothing is limited. */
const FREE: Draw = { kind: "drawn", settle: () => undefined };

export class Purse {
  readonly #parts: BudgetParts;
  readonly #defaults: BudgetDefaults;
  readonly #limits: BudgetLimits;
  readonly #blocks = new Map<BudgetId, BudgetBlock>();
  readonly #ceilings = new Ceilings();
  readonly #stop = new AbortController();
  #said = false;

  constructor(deps: WorkerDeps, { workerId, defaults, beat }: Settings) {
    const { budgets: store, clock, chance, events } = deps;
    let op = 0;
    const nextOp = () => ++op;
    const shared = { store, clock, chance, events, ceilings: this.#ceilings, stop: this.#stop.signal };
    this.#parts = { ...shared, workerId, beat, nextOp };
    this.#defaults = defaults;
    this.#limits = new BudgetLimits(this.#parts);
  }

  /** Reads the limits and keeps the blocks, until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    void this.#limits.watch(signal);
    while (!signal.aborted) {
      await this.#parts.clock.sleep(limits.budgetUpkeepMs, signal);
      const looked = [...this.#blocks.values()].map(async (block) => {
        if (await block.upkeep()) this.#blocks.delete(block.id);
      });
      await Promise.all(looked);
    }
  }

  /** Draws from each budget of the call, or from none. Waits while the store does not answer: it never lets a call start without. */
  async draw({ tenant, microUsd, signal }: DrawAsk): Promise<Drawn> {
    const settings = await this.#limits.current(signal);
    if (settings === undefined) return { kind: "stopped" };
    const budgets = budgetsOf({ settings, defaults: this.#defaults }, tenant, this.#parts.clock.nowMs());
    if (budgets.length === 0) return FREE;
    const draws: Draw[] = [];
    const settle = (cost: number) => {
      for (const draw of draws) draw.settle(cost);
    };
    for (const budget of budgets) {
      const taken = await this.#take(budget, microUsd, signal);
      if (taken.kind !== "drawn") {
        settle(0);
        return taken;
      }
      draws.push(taken);
    }
    return { kind: "drawn", settle };
  }

  /** What the beat of this number says; nothing before the first draw from a limited budget. */
  say(counter: number): Pick<WorkerBeat, "budgets"> {
    const ceilings = new Map([...this.#blocks.values()].map((block) => [block.id, block.ceiling]));
    this.#ceilings.say(counter, ceilings);
    this.#said ||= ceilings.size > 0;
    return this.#said ? { budgets: Object.fromEntries(ceilings) } : {};
  }

  acknowledged(counter: number): void {
    this.#ceilings.acknowledged(counter);
  }

  /** Gives back all that is left; false when something is held still: whoever buries this worker gives it back. */
  async close(): Promise<boolean> {
    const closed = await Promise.all([...this.#blocks.values()].map((block) => block.close(limits.budgetTries)));
    this.#stop.abort(OVER);
    return closed.every(Boolean);
  }

  async #take(budget: BudgetOfCall, microUsd: number, signal: AbortSignal): Promise<Drawn> {
    const known = this.#blocks.get(budget.id);
    if (known !== undefined) return known.take(budget, microUsd, signal);
    if (this.#blocks.size >= limits.budgetsHeld)
      return { kind: "held", waitMs: limits.budgetParkMs, because: "this worker draws from too many budgets" };
    const made = new BudgetBlock(this.#parts, budget);
    this.#blocks.set(budget.id, made);
    return made.take(budget, microUsd, signal);
  }
}
