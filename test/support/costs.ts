/** Values of the books with sensible fields; a test overrides the ones that it is about. */
import type { BookPage } from "../../services/contract/costs.ts";
import { agentName, tenantId } from "../../services/contract/ids.ts";
import { hourOf } from "../../services/core/books.ts";
import { type CostCell, noCost, storeCell } from "../../services/core/cost-cells.ts";
import { aTimeMs } from "./builders.ts";
import { aWorkerId } from "./ids.ts";

export function aCell(overrides: Partial<CostCell> = {}): CostCell {
  return {
    tenant: tenantId.parse("acme"),
    agent: agentName.parse("echo"),
    model: "claude-haiku-5-5",
    ...noCost,
    calls: 1,
    spentMicroUsd: 20,
    ...overrides,
  };
}

export const aStoredCell = (overrides: Partial<CostCell> = {}) => storeCell(aCell(overrides));

export function aPage(overrides: Partial<BookPage> = {}): BookPage {
  return {
    owner: aWorkerId(),
    hour: hourOf(aTimeMs),
    change: 1,
    top: 1,
    open: [],
    left: [],
    cells: [aStoredCell()],
    writtenAtMs: aTimeMs,
    ...overrides,
  };
}
