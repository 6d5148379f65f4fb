/**
 * Promise 5 for budgets that runs share: at every step, what calls cost and what those under way or in doubt may cost is within the
 * budget. Kept from what the model saw; the accounts of production code are not asked.
 */
import { costOf } from "../../../services/core/cost.ts";
import type { SharedBudgets } from "../world/shared-budgets.ts";
import type { Check, ModelCall } from "./observer.ts";

/** Calls so early may be of the hour before, by a clock that is behind. */
const HOUR_IS_SURE_MS = 5_000;

/** What a world's model was paid, and may be paid still, by tenant and in all. */
export class Paid {
  readonly #tenants = new Map<string, number>();
  readonly #calls = new WeakMap<ModelCall, number>();
  readonly #doubts = new Map<string, number>();
  fleet = 0;

  of(tenant: string): number {
    return this.#tenants.get(tenant) ?? 0;
  }

  /** The same, with all that was reserved for calls whose answer nobody could commit: Muster must take it for spent. */
  usedBy(tenant: string): number {
    return this.of(tenant) + (this.#doubts.get(tenant) ?? 0);
  }

  /** A call begins: all that it reserved may be spent. */
  begin(call: ModelCall, microUsd: number): void {
    this.#calls.set(call, microUsd);
    this.#add(call, microUsd);
  }

  /**
   * It has ended: `microUsd` was spent; nothing of a call that was left out when it began. An answer that comes when the run is
   * somebody else's is in doubt for all but us.
   */
  end(call: ModelCall, microUsd: number): void {
    const reserved = this.#calls.get(call);
    if (reserved === undefined) return;
    const { tenant = "", holder } = call.file.head ?? {};
    if (microUsd > 0 && holder !== call.by.name)
      this.#doubts.set(tenant, (this.#doubts.get(tenant) ?? 0) + reserved - microUsd);
    this.#add(call, microUsd - reserved);
    this.#calls.delete(call);
  }

  #add({ file }: ModelCall, microUsd: number): void {
    const tenant = file.head?.tenant ?? "";
    this.#tenants.set(tenant, this.of(tenant) + microUsd);
    this.fleet += microUsd;
  }
}

/** Watches that no budget that runs share is overspent, whatever befalls those who keep it. */
export const sharedBudgetsHold =
  (budgets: SharedBudgets, paid: Paid, nowMs: () => number): Check =>
  (report) => {
    const holds = ({ file }: ModelCall) => {
      const tenant = file.head?.tenant ?? "";
      const { tenantMicroUsd, fleetMicroUsd } = budgets;
      if (tenantMicroUsd !== undefined && paid.of(tenant) > tenantMicroUsd)
        report("sharedBudgetsHold", file, `${paid.of(tenant)} of ${tenant}'s ${tenantMicroUsd} may be spent`);
      if (fleetMicroUsd !== undefined && paid.fleet > fleetMicroUsd)
        report("sharedBudgetsHold", file, `${paid.fleet} of the fleet's ${fleetMicroUsd} may be spent`);
    };
    return {
      modelCall: (call) => {
        if (nowMs() < HOUR_IS_SURE_MS && budgets.fleetMicroUsd !== undefined) return;
        paid.begin(call, call.file.head?.reservedMicroUsd ?? 0);
        holds(call);
      },
      modelCallOver: (call, end) => {
        if (end.kind === "failed" && end.billed === "maybe") return;
        const priced = end.kind === "answer" ? costOf(call.request.model, end.usage) : undefined;
        if (priced?.kind === "unknown-model") throw new Error("simulation: a model without a price was called");
        paid.end(call, priced?.microUsd ?? 0);
      },
    };
  };
