/** What the API tells of costs. */
import { z } from "zod";
import { agentName, tenantId } from "./ids.ts";
import { limits } from "./limits.ts";
import { DAY } from "./units.ts";

const count = z.int().nonnegative();

/** What costs can be grouped by. */
export const costGroup = z.enum(["tenant", "agent", "model", "day"]);
export type CostGroup = z.infer<typeof costGroup>;

/** Days of UTC, both included. `by` may name several, as `tenant,day`. Absent days: the last 30. */
export const costQuery = z
  .strictObject({
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
    by: z
      .string()
      .transform((text) => text.split(","))
      .pipe(z.array(costGroup).min(1).max(costGroup.options.length))
      .refine((names) => new Set(names).size === names.length, "names each group once")
      .default(["day"]),
    tenant: tenantId.optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ["from"],
    message: "is not after `to`",
  })
  .refine(
    ({ from, to }) =>
      from === undefined || to === undefined || (Date.parse(to) - Date.parse(from)) / DAY < limits.costDaysMax,
    { path: ["from"], message: `at most ${limits.costDaysMax} days in one question` },
  );

const sums = {
  calls: count,
  spentMicroUsd: count,
  savedMicroUsd: count.meta({ description: "not spent, thanks to remembered answers and batches" }),
  possibleMicroUsd: count.meta({ description: "what calls in doubt may have cost, at most" }),
  usage: z.object({
    inputTokens: count,
    outputTokens: count,
    cacheWrite5mTokens: count,
    cacheWrite1hTokens: count,
    cacheReadTokens: count,
  }),
};

export const costRow = z.object({
  tenant: tenantId.optional(),
  agent: agentName.optional(),
  model: z.string().optional(),
  day: z.iso.date().optional(),
  ...sums,
});
export type CostRow = z.infer<typeof costRow>;

export const costReport = z
  .object({
    from: z.iso.date(),
    to: z.iso.date(),
    by: z.array(costGroup),
    rows: z.array(costRow).meta({ description: "the dearest first; with `day` alone, the newest first" }),
    rowsLeft: count.meta({ description: "rows that are not shown; the total has them" }),
    total: z.object(sums),
    now: z.object({
      at: z.iso.datetime(),
      hourMicroUsd: count.meta({ description: "spent since the beginning of this hour, UTC" }),
      perHourMicroUsd: count.meta({ description: "spent in about the last 60 minutes" }),
    }),
  })
  .meta({ id: "Costs" });
export type CostReport = z.infer<typeof costReport>;
