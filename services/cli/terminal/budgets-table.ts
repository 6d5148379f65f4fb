/** Budgets as a table. */
import type { BudgetList, BudgetView } from "../../contract/budgets.ts";
import { table } from "./table.ts";
import { usd } from "./units.ts";

const share = ({ spentMicroUsd, limitMicroUsd }: BudgetView): string =>
  limitMicroUsd === undefined ? "" : `${Math.floor((100 * spentMicroUsd) / limitMicroUsd)} %`;

const window = ({ scope, windowStart }: BudgetView): string =>
  scope === "fleet" ? `hour ${windowStart.slice(0, 13)}` : `day ${windowStart.slice(0, 10)}`;

/** One line a budget: its window, limit, what is spent and held. */
export function budgetsTable(budgets: readonly BudgetView[]): string {
  return table<BudgetView>(
    [
      { title: "BUDGET", cell: ({ tenant }) => tenant ?? "(fleet)" },
      { title: "WINDOW", cell: window },
      {
        title: "LIMIT",
        cell: ({ limitMicroUsd }) => (limitMicroUsd === undefined ? "none" : usd(limitMicroUsd)),
        align: "right",
      },
      { title: "SPENT", cell: ({ spentMicroUsd }) => usd(spentMicroUsd), align: "right" },
      { title: "", cell: share, align: "right" },
      { title: "HELD", cell: ({ heldMicroUsd }) => usd(heldMicroUsd), align: "right" },
      { title: "SET BY", cell: ({ setBy }) => setBy },
    ],
    budgets,
  );
}

/** What holds for tenants that the table does not name. */
export const defaultText = ({ tenantLimitMicroUsd }: BudgetList): string =>
  tenantLimitMicroUsd === undefined
    ? "other tenants: no limit"
    : `other tenants: ${usd(tenantLimitMicroUsd)} a UTC day each`;
