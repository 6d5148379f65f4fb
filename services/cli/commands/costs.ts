/** `muster costs`: what calls cost, in groups, and what an hour costs now. */
import { type AddCommand, define, type Options } from "./define.ts";

type Given = Options<{ readonly by: string; readonly from?: string; readonly to?: string; readonly tenant?: string }>;

export const costs: AddCommand = (program, context) => {
  define(program, {
    usage: "costs",
    summary: "show what calls cost, what was saved, and what an hour costs now",
    examples: ["costs", "costs --by model", "costs --by tenant,day --from 2026-11-01 --to 2026-11-30"],
  })
    .option("--by <groups>", "tenant, agent, model, day; several with commas", "day")
    .option("--from <day>", "first day, UTC (default: 29 days before the last)")
    .option("--to <day>", "last day, UTC (default: today)")
    .option("--tenant <tenant>", "of this tenant only")
    .action(async (options: Given) => {
      const { connect } = await import("../connect.ts");
      const { costQuery } = await import("../../contract/cost-view.ts");
      const { parseOption } = await import("../parse-option.ts");
      const { costsTable } = await import("../terminal/costs-table.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { by, from, to, tenant } = options;
      const query = parseOption(costQuery, { by, from, to, tenant });
      const report = await connect(context, options).costs({ ...query, by: query.by.join(",") });
      const output = outputFor(context, options);
      output.say(costsTable(report));
      output.result(report);
    });
};
