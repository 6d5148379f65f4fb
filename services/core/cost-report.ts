/** Rows and rates of a question about costs. Pure. */
import type { CostGroup, CostRow } from "../contract/cost-view.ts";
import type { CostSums } from "../contract/costs.ts";
import { HOUR } from "../contract/units.ts";
import { addCosts, type CostCell, noCost } from "./cost-cells.ts";

/** Cells of one day. */
export type DayCells = { readonly day: string; readonly cells: readonly CostCell[] };

/** Sums as they are shown. */
export const viewOfSums = ({ calls, spentMicroUsd, savedMicroUsd, possibleMicroUsd, ...usage }: CostSums) => ({
  ...{ calls, spentMicroUsd, savedMicroUsd, possibleMicroUsd },
  usage,
});

type Group = Pick<CostRow, CostGroup>;

const groupOf = (by: readonly CostGroup[], day: string, { tenant, agent, model }: CostCell): Group => {
  const all = { tenant, agent, model, day };
  return Object.fromEntries(by.map((name) => [name, all[name]]));
};

const sumsOf = ({ tenant: _t, agent: _a, model: _m, ...sums }: CostCell): CostSums => sums;

/** One row for each group: days newest first, everything else dearest first. */
export function rowsOf(days: readonly DayCells[], by: readonly CostGroup[]): CostRow[] {
  const groups = new Map<string, { readonly group: Group; sums: CostSums }>();
  for (const { day, cells } of days) {
    for (const cell of cells) {
      const group = groupOf(by, day, cell);
      const key = Object.values(group).join("\n");
      const there = groups.get(key) ?? { group, sums: noCost };
      groups.set(key, { group, sums: addCosts(there.sums, sumsOf(cell)) });
    }
  }
  const rows = [...groups.values()].map(({ group, sums }) => ({ ...group, ...viewOfSums(sums) }));
  const newest = by.length === 1 && by[0] === "day";
  return rows.sort((a, b) => (newest ? (b.day ?? "").localeCompare(a.day ?? "") : b.spentMicroUsd - a.spentMicroUsd));
}

/** Spend of about the last 60 minutes: this hour's, and of the one before as much as still falls into them, as if it were even. */
export function perHour(nowMs: number, hourMicroUsd: number, hourBeforeMicroUsd: number): number {
  const share = 1 - (nowMs % HOUR) / HOUR;
  return hourMicroUsd + Math.round(hourBeforeMicroUsd * share);
}
