/** Costs as a table: the groups, then the sums, a line of the total, and what an hour costs now. */
import type { CostReport, CostRow } from "../../contract/cost-view.ts";
import { type Column, table } from "./table.ts";
import { usd } from "./units.ts";

type Row = Partial<Pick<CostRow, "tenant" | "agent" | "model" | "day">> &
  Omit<CostRow, "tenant" | "agent" | "model" | "day">;

const tokensIn = ({ usage }: Row): number =>
  usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheReadTokens;

export function costsTable({ by, rows, rowsLeft, total, now }: CostReport): string {
  const [first, ...others] = by;
  const groups: Column<Row>[] = [
    { title: (first ?? "day").toUpperCase(), cell: (row) => (row === total ? "total" : (row[first ?? "day"] ?? "")) },
    ...others.map((name) => ({ title: name.toUpperCase(), cell: (row: Row) => row[name] ?? "" })),
  ];
  const sums: Column<Row>[] = [
    { title: "CALLS", cell: (row) => String(row.calls), align: "right" },
    { title: "TOKENS IN", cell: (row) => String(tokensIn(row)), align: "right" },
    { title: "OUT", cell: (row) => String(row.usage.outputTokens), align: "right" },
    { title: "SPENT", cell: (row) => usd(row.spentMicroUsd), align: "right" },
    { title: "SAVED", cell: (row) => usd(row.savedMicroUsd), align: "right" },
    { title: "IN DOUBT", cell: (row) => usd(row.possibleMicroUsd), align: "right" },
  ];
  const more = rowsLeft === 0 ? [] : [`${rowsLeft} smaller rows are not shown; the total has them`];
  const rate = `spent in the last 60 minutes: ${usd(now.perHourMicroUsd)}; since the full hour: ${usd(now.hourMicroUsd)}`;
  return [table<Row>([...groups, ...sums], [...rows, total]), ...more, rate].join("\n");
}
