/** Accounts of budgets in a map; entries by worker. */
import { type BudgetId, type BudgetSettings, noBudgetSettings } from "../../contract/budgets.ts";
import type { WorkerId } from "../../contract/ids.ts";
import {
  afterMove,
  type BudgetAccount,
  type BudgetEntry,
  emptyAccount,
  takesMove,
  wasMoved,
} from "../../core/budget-account.ts";
import type { BudgetStore } from "../../ports/budget-store.ts";
import type { Faults } from "./faults.ts";
import { kept } from "./kept.ts";

type Account = { leasedMicroUsd: number; spentMicroUsd: number; readonly entries: Map<WorkerId, BudgetEntry> };

export function memoryBudgetStore(faults: Faults): BudgetStore {
  const accounts = new Map<BudgetId, Account>();
  let current: BudgetSettings = kept(noBudgetSettings);
  const seen = (id: BudgetId, worker?: WorkerId): BudgetAccount => {
    const account = accounts.get(id);
    if (account === undefined) return emptyAccount;
    const { leasedMicroUsd, spentMicroUsd, entries } = account;
    return { leasedMicroUsd, spentMicroUsd, entry: worker === undefined ? undefined : entries.get(worker) };
  };
  return {
    read: (id, worker) => faults.run("budgets.read", () => seen(id, worker)),
    move: (id, move) =>
      faults.run("budgets.move", () => {
        const before = seen(id, move.worker);
        if (!takesMove(before, move)) return { kind: wasMoved(before, move) ? "found" : "refused", account: before };
        const { leasedMicroUsd, spentMicroUsd } = afterMove(before, move);
        const entries = accounts.get(id)?.entries ?? new Map<WorkerId, BudgetEntry>();
        if (move.to === undefined) entries.delete(move.worker);
        else entries.set(move.worker, move.to);
        accounts.set(id, { leasedMicroUsd, spentMicroUsd, entries });
        return { kind: "moved", account: seen(id, move.worker) };
      }),
    settings: () => faults.run("budgets.settings", () => current),
    changeSettings: (settings) =>
      faults.run("budgets.changeSettings", () => {
        if (settings.version !== current.version + 1) return false;
        current = kept(settings);
        return true;
      }),
  };
}
