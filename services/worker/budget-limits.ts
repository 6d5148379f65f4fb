/** The limits of budgets as the operator set them: read now and then; a worker that could not read them for long draws nothing. */
import { type BudgetSettings, noBudgetSettings } from "../contract/budgets.ts";
import { limits } from "../contract/limits.ts";
import type { BudgetParts } from "./budget-parts.ts";

type Parts = Pick<BudgetParts, "store" | "clock" | "events">;

export class BudgetLimits {
  readonly #parts: Parts;
  #settings: BudgetSettings = noBudgetSettings;
  #readMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Reads every `budgetReadMs` until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#read();
      await this.#parts.clock.sleep(limits.budgetReadMs, signal);
    }
  }

  /** Waits for limits that are not older than `budgetOldMs`; undefined once the signal aborts. */
  async current(signal: AbortSignal): Promise<BudgetSettings | undefined> {
    while (!signal.aborted) {
      if (this.#known) return this.#settings;
      await this.#read();
      if (!this.#known) await this.#parts.clock.sleep(limits.rateRetryBaseMs, signal);
    }
    return undefined;
  }

  get #known(): boolean {
    return this.#parts.clock.monotonicMs() - this.#readMs < limits.budgetOldMs;
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const { store, clock, events } = this.#parts;
    const atMs = clock.monotonicMs();
    try {
      this.#settings = await store.settings();
      this.#readMs = atMs;
    } catch (error) {
      events.emit("store.failed", { operation: "read budgets", message: String(error) });
    }
  }
}
