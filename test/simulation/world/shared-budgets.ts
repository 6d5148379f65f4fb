/** The budgets that runs of a world share: set when it begins, lifted when the harm is over so that every run may end. */
import type { BudgetSettings } from "../../../services/contract/budgets.ts";
import type { Options } from "../engine/options.ts";
import type { WorldStores } from "./stores.ts";

export class SharedBudgets {
  readonly #options: Options;
  #lifted = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** What one tenant may spend in the world's day, and all together in its hour; undefined: no limit, or none any more. */
  get tenantMicroUsd(): number | undefined {
    return this.#lifted ? undefined : this.#options.tenantBudget;
  }

  get fleetMicroUsd(): number | undefined {
    return this.#lifted ? undefined : this.#options.fleetBudget;
  }

  async set({ budgets }: WorldStores): Promise<void> {
    const { tenantBudget: tenant, fleetBudget: fleet } = this.#options;
    if (tenant === undefined && fleet === undefined) return;
    const limits = { ...(tenant === undefined ? {} : { tenant }), ...(fleet === undefined ? {} : { fleet }) };
    await budgets.changeSettings({ version: 1, tenants: {}, ...limits });
  }

  /** `atMs`: since 1970, by the wall clock of the world. */
  async lift({ budgets }: WorldStores, atMs: number): Promise<void> {
    this.#lifted = true;
    const { version } = await budgets.settings();
    const unlimited: BudgetSettings = {
      ...{ version: version + 1, changedAtMs: Math.round(atMs), tenants: {} },
      ...{ tenant: "unlimited", fleet: "unlimited" },
    };
    if (version > 0) await budgets.changeSettings(unlimited);
  }
}
