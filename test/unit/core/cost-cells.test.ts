import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { storedCell } from "../../../services/contract/costs.ts";
import { agentName, tenantId } from "../../../services/contract/ids.ts";
import { type CostCell, cellOf, mergeCells, storeCell, totalOf } from "../../../services/core/cost-cells.ts";
import { perHour, rowsOf } from "../../../services/core/cost-report.ts";
import { aCell } from "../../support/costs.ts";

const count = fc.nat(1_000_000);
const anyCell: fc.Arbitrary<CostCell> = fc
  .record({
    tenant: fc.constantFrom("acme", "rival").map((name) => tenantId.parse(name)),
    agent: fc.constantFrom("echo", "ask").map((name) => agentName.parse(name)),
    model: fc.constantFrom("claude-haiku-5-5", "claude-opus-5-5"),
    calls: count,
    spentMicroUsd: count,
    savedMicroUsd: count,
    possibleMicroUsd: count,
    inputTokens: count,
    outputTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    cacheReadTokens: count,
  })
  .map((cell) => cell);

describe("cells", () => {
  test("are stored whole and come back", () => {
    fc.assert(
      fc.property(anyCell, (cell) => {
        expect(cellOf(storedCell.parse(JSON.parse(JSON.stringify(storeCell(cell)))))).toEqual(cell);
      }),
    );
  });

  test("merging loses and invents nothing, whatever the pages and their order; each key is there once", () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyCell)), (pages) => {
        const merged = mergeCells(pages.map((page) => page.map(storeCell)));
        const backwards = mergeCells(pages.toReversed().map((page) => page.map(storeCell)));
        expect(totalOf(merged)).toEqual(totalOf(pages.flat()));
        expect(new Set(merged.map(({ tenant, agent, model }) => `${tenant} ${agent} ${model}`)).size).toBe(
          merged.length,
        );
        expect(new Set(backwards.map((cell) => JSON.stringify(cell)))).toEqual(
          new Set(merged.map((cell) => JSON.stringify(cell))),
        );
      }),
    );
  });
});

describe("rows", () => {
  test("every grouping has the same total", () => {
    const groupings = [["tenant"], ["agent", "model"], ["day"], ["tenant", "agent", "model", "day"]] as const;
    fc.assert(
      fc.property(fc.array(anyCell), fc.array(anyCell), (first, second) => {
        const days = [
          { day: "2026-10-01", cells: first },
          { day: "2026-10-02", cells: second },
        ];
        const all = totalOf([...first, ...second]).spentMicroUsd;
        for (const by of groupings) expect(rowsOf(days, by).reduce((sum, row) => sum + row.spentMicroUsd, 0)).toBe(all);
      }),
    );
  });

  test("have the fields that were asked for and no others", () => {
    const [row] = rowsOf([{ day: "2026-10-01", cells: [aCell()] }], ["model"]);
    expect(row).toMatchObject({ model: "claude-haiku-5-5", calls: 1, spentMicroUsd: 20 });
    expect([row?.tenant, row?.agent, row?.day]).toEqual([undefined, undefined, undefined]);
  });
});

test.for([
  { minute: 0, now: 0, before: 600, perHour: 600 },
  { minute: 30, now: 100, before: 600, perHour: 400 },
  { minute: 59, now: 300, before: 600, perHour: 310 },
])("the last 60 minutes at minute $minute: $now and a part of $before", ({ minute, now, before, perHour: rate }) => {
  expect(perHour(1_000 * 3_600_000 + minute * 60_000, now, before)).toBe(rate);
});
