/** `muster budget`: what tenants may spend in a day and the fleet in an hour, read and set by a person. */
import { Argument } from "commander";
import { type AddCommand, define, type Options } from "./define.ts";

type Given = Options<{ readonly day?: string; readonly tenantDay?: string; readonly fleetHour?: string }>;
type Action = "show" | "set";

/** An amount in USD as micro-USD; the two words, and what is no amount, stay as they are for the schema to judge. */
async function amountOf(text: string | undefined): Promise<number | string | undefined> {
  const { parseUsd } = await import("../terminal/units.ts");
  return text === undefined ? undefined : (parseUsd(text) ?? text);
}

export const budget: AddCommand = (program, context) => {
  const action = new Argument("[action]", "show or set");
  define(program, {
    usage: "budget",
    summary: "show or set what tenants may spend in a UTC day and the fleet in a UTC hour",
    examples: [
      "budget",
      "budget show acme",
      "budget set acme --day 50",
      "budget set --tenant-day 20 --fleet-hour 100",
      "budget set acme --day default",
    ],
  })
    .addArgument(action.choices(["show", "set"]).default("show"))
    .argument("[tenant]", "a tenant; without one all budgets (role operator)")
    .option("--day <usd>", "of this tenant in a UTC day: USD, unlimited, or default")
    .option("--tenant-day <usd>", "of each tenant without a limit of its own in a UTC day")
    .option("--fleet-hour <usd>", "of the fleet in a UTC hour")
    .action(async (what: Action, tenant: string | undefined, options: Given) => {
      const { connect } = await import("../connect.ts");
      const { UsageFailure } = await import("../failure.ts");
      const { setBudgets, setTenantBudget } = await import("../../contract/budgets.ts");
      const { budgetsTable, defaultText } = await import("../terminal/budgets-table.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const client = connect(context, options);
      const output = outputFor(context, options);
      const checked = <T>(parsed: { success: boolean; data?: T }): T => {
        if (parsed.success && parsed.data !== undefined) return parsed.data;
        const needs = tenant === undefined ? "--tenant-day or --fleet-hour" : "--day";
        throw new UsageFailure(`${needs} takes an amount in USD, unlimited, or default`, "such as 50 or 0.5");
      };
      if (tenant !== undefined) {
        const change = async () => setTenantBudget.safeParse({ limitMicroUsd: await amountOf(options.day) });
        const one =
          what === "show" ? await client.budget(tenant) : await client.setBudget(tenant, checked(await change()));
        output.say(budgetsTable([one]));
        output.result(one);
        return;
      }
      const [fleetMicroUsd, tenantMicroUsd] = [await amountOf(options.fleetHour), await amountOf(options.tenantDay)];
      const all =
        what === "show"
          ? await client.budgets()
          : await client.setBudgets(checked(setBudgets.safeParse({ fleetMicroUsd, tenantMicroUsd })));
      output.say(budgetsTable([all.fleet, ...all.tenants]));
      output.say(defaultText(all));
      output.result(all);
    });
};
