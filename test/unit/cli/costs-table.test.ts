import { expect, test } from "vitest";
import { costsTable } from "../../../services/cli/terminal/costs-table.ts";
import { costReport } from "../../../services/contract/cost-view.ts";

const usage = { inputTokens: 10, outputTokens: 5, cacheWrite5mTokens: 1, cacheWrite1hTokens: 2, cacheReadTokens: 7 };
const sums = { calls: 2, spentMicroUsd: 1_234_567, savedMicroUsd: 40, possibleMicroUsd: 9, usage };
const report = costReport.parse({
  ...{ from: "2026-10-01", to: "2026-10-02", by: ["tenant", "model"], rowsLeft: 3 },
  rows: [{ tenant: "acme", model: "claude-haiku-5-5", ...sums }],
  total: { ...sums, calls: 7 },
  now: { at: "2026-10-02T09:30:00.000Z", hourMicroUsd: 500_000, perHourMicroUsd: 2_000_000 },
});

test("costs are a table of the groups with a total, what is left out, and what an hour costs now", () => {
  expect(costsTable(report)).toBe(
    [
      "TENANT  MODEL             CALLS  TOKENS IN  OUT    SPENT      SAVED   IN DOUBT",
      "acme    claude-haiku-5-5      2         20    5  $1.2346  $0.000040  $0.000009",
      "total                         7         20    5  $1.2346  $0.000040  $0.000009",
      "3 smaller rows are not shown; the total has them",
      "spent in the last 60 minutes: $2.0000; since the full hour: $0.5000",
    ].join("\n"),
  );
});
