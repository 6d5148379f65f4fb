import type { BudgetId, BudgetSettings } from "../contract/budgets.ts";
import type { WorkerId } from "../contract/ids.ts";
import type { BudgetAccount, BudgetMove } from "../core/budget-account.ts";

/** `moved`: by this call. `found`: it had happened already, an earlier try had no answer. `refused`: the account as it is. */
export type MoveOutcome = { readonly kind: "moved" | "found" | "refused"; readonly account: BudgetAccount };

/** Accounts of budgets, one item a window, and the limits that the operator set. Reads are consistent. */
export interface BudgetStore {
  /** The account as a worker sees it; an empty one when nobody has used it. Without a worker no entry is shown. */
  read(id: BudgetId, worker?: WorkerId): Promise<BudgetAccount>;
  /** One conditional write; the same move may be sent again until it is answered. */
  move(id: BudgetId, move: BudgetMove): Promise<MoveOutcome>;
  settings(): Promise<BudgetSettings>;
  /** Replaces the settings of the version before; false when others changed them meanwhile. */
  changeSettings(settings: BudgetSettings): Promise<boolean>;
}
