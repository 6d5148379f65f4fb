/** The page about observability lists the catalogue, the alarms and the queries as they are, and what metrics cost. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { resolveDeployment } from "../../lib/config/deployment.ts";
import { alarmsOf } from "../../lib/observability/alarm-list.ts";
import { Measures } from "../../lib/observability/measures.ts";
import { savedQueries } from "../../lib/observability/saved-queries.ts";
import { pool } from "../../services/contract/ids.ts";
import { metricNames, metricOf } from "../../services/contract/metrics.ts";
import { metricsUsdPerMonth, writtenSeries } from "../support/metric-cost.ts";

const page = readFileSync(new URL("../../docs/observability.md", import.meta.url), "utf8");

/** Rows of the table whose head begins so, each as its cells. */
function table(head: string): string[][] {
  const lines = page.split("\n");
  const from = lines.findIndex((line) => line.startsWith(head)) + 2;
  const to = lines.findIndex((line, i) => i >= from && !line.startsWith("|"));
  return lines.slice(from, to).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test("every metric, as the catalogue has it, and no other", () => {
  expect(table("| metric |")).toEqual(
    metricNames.map((name) => {
      const { kind, unit, label = "", by, missing, text } = metricOf(name);
      return [`\`${name}\``, kind, unit, label, by.join(", "), missing, text];
    }),
  );
});

test("every alarm and its priority", () => {
  const alarms = alarmsOf(new Measures(resolveDeployment({})));
  expect(table("| alarm |")).toEqual(alarms.map(({ key, priority, text }) => [`\`${key}\``, priority, text]));
});

test("every saved query", () => {
  for (const { name } of savedQueries) expect(page).toContain(`\`${name}\``);
});

test("how many series there are, and what they cost", () => {
  const pools = pool.options.filter((one) => one !== "local");
  expect(page).toContain(
    `has ${writtenSeries(pools)} series: at most ${metricsUsdPerMonth(pools).toFixed(2)} USD a month`,
  );
});
