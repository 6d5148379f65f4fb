/** Sums of costs by tenant, agent and model: adding, merging, grouping. Integers only, so the order of adding never matters. */
import { type CostSums, costSums, type StoredCell } from "../contract/costs.ts";
import type { AgentName, TenantId } from "../contract/ids.ts";

/** Whose costs, by which agent, with which model. */
export type CostKey = { readonly tenant: TenantId; readonly agent: AgentName; readonly model: string };
/** One cell. */
export type CostCell = CostKey & CostSums;

/** Nothing. */
export const noCost: CostSums = {
  calls: 0,
  spentMicroUsd: 0,
  savedMicroUsd: 0,
  possibleMicroUsd: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
};

/** Sum of two, column by column. */
/** The sum of two; all amounts stay integers. */
export const addCosts = (a: CostSums, b: CostSums): CostSums => ({
  calls: a.calls + b.calls,
  spentMicroUsd: a.spentMicroUsd + b.spentMicroUsd,
  savedMicroUsd: a.savedMicroUsd + b.savedMicroUsd,
  possibleMicroUsd: a.possibleMicroUsd + b.possibleMicroUsd,
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cacheWrite5mTokens: a.cacheWrite5mTokens + b.cacheWrite5mTokens,
  cacheWrite1hTokens: a.cacheWrite1hTokens + b.cacheWrite1hTokens,
  cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
});

/** Cells by key; `add` changes it. */
export class CostCells {
  readonly #cells = new Map<string, CostCell>();

  constructor(cells: Iterable<CostCell> = []) {
    for (const cell of cells) this.add(cell);
  }

  add(cell: CostCell): void {
    const { tenant, agent, model } = cell;
    // None of the three may hold a line break.
    const key = `${tenant}\n${agent}\n${model}`;
    const there = this.#cells.get(key) ?? noCost;
    this.#cells.set(key, { tenant, agent, model, ...addCosts(there, cell) });
  }

  get all(): CostCell[] {
    return [...this.#cells.values()];
  }
}

/** A cell as it is stored, and back. */
export const storeCell = (cell: CostCell): StoredCell => {
  const { tenant, agent, model } = cell;
  const [a, b, c, d, e, f, g, h, i] = costSums;
  return [tenant, agent, model, [cell[a], cell[b], cell[c], cell[d], cell[e], cell[f], cell[g], cell[h], cell[i]]];
};
export const cellOf = ([tenant, agent, model, stored]: StoredCell): CostCell => {
  const sums = costSums.map((name, i) => [name, stored[i] ?? 0] as const);
  return { tenant, agent, model, ...noCost, ...Object.fromEntries(sums) };
};

/** All cells of several pages in one list, each key once. */
export const mergeCells = (pages: Iterable<readonly StoredCell[]>): CostCell[] => {
  const cells = new CostCells();
  for (const page of pages) for (const stored of page) cells.add(cellOf(stored));
  return cells.all;
};

/** The sum of all. */
export const totalOf = (cells: Iterable<CostSums>): CostSums => {
  let total = noCost;
  for (const cell of cells) total = addCosts(total, cell);
  return total;
};
