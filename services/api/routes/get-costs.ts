/** GET /v1/costs */
import type { z } from "zod";
import { type CostReport, costQuery, costReport } from "../../contract/cost-view.ts";
import { limits } from "../../contract/limits.ts";
import { DAY } from "../../contract/units.ts";
import { totalOf } from "../../core/cost-cells.ts";
import { perHour, rowsOf, viewOfSums } from "../../core/cost-report.ts";
import type { ApiParts } from "../deps.ts";
import { refuse } from "../problem.ts";
import { daysFrom, readCosts } from "../read-costs.ts";
import { only, takesNothing } from "../reader.ts";
import { type Call, defineRoute, json, type Outcome } from "../route.ts";
import { isoTime } from "../view.ts";
import { exampleCosts } from "./examples.ts";

type Query = z.output<typeof costQuery>;

const DEFAULT_DAYS = 30;

const dayAt = (ms: number): string => isoTime(ms).slice(0, 10);
const daysLater = (day: string, days: number): string => dayAt(Date.parse(day) + days * DAY);

/** The days that are meant when one end or both are left out. */
function rangeOf({ from, to }: Query, nowMs: number): { readonly from: string; readonly to: string } {
  const last = to ?? (from === undefined ? dayAt(nowMs) : daysLater(from, DEFAULT_DAYS - 1));
  return { from: from ?? daysLater(last, 1 - DEFAULT_DAYS), to: last };
}

async function report(parts: ApiParts, call: Call<unknown, Query, unknown, unknown>): Promise<Outcome> {
  const { caller, query } = call;
  const tenant = caller.role === "operator" ? query.tenant : caller.tenant;
  if (caller.role !== "operator" && query.tenant !== undefined && query.tenant !== caller.tenant)
    return refuse("forbidden", "a key with the role tenant sees its own costs; leave `tenant` out");
  const nowMs = parts.clock.nowMs();
  const { from, to } = rangeOf(query, nowMs);
  const read = await readCosts(parts.ledger, { days: daysFrom(from, to), nowMs, tenant });
  const rows = rowsOf(read.days, query.by);
  const hourMicroUsd = totalOf(read.hour).spentMicroUsd;
  return json({
    ...{ from, to, by: query.by },
    rows: rows.slice(0, limits.costRowsMax),
    rowsLeft: Math.max(0, rows.length - limits.costRowsMax),
    total: viewOfSums(totalOf(read.days.flatMap(({ cells }) => cells))),
    now: {
      at: isoTime(nowMs),
      hourMicroUsd,
      perHourMicroUsd: perHour(nowMs, hourMicroUsd, totalOf(read.hourBefore).spentMicroUsd),
    },
  } satisfies CostReport);
}

export const getCosts = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/costs",
  operation: "getCosts",
  access: "tenant",
  summary:
    "What calls cost, by tenant, agent, model or day; of the key's tenant, or of all with a key of the role operator",
  description: [
    "Exact to the micro-dollar, rounded up for each call. A committed turn appears within about ten seconds. What was saved, and",
    "what calls in doubt may have cost at most, are columns of their own and not part of what was spent.",
  ].join(" "),
  query: only(costQuery),
  answers: { 200: { what: "The costs", schema: costReport, example: exampleCosts } },
  refusals: ["forbidden"],
  handle: report,
});
