/** `muster breaker`: what stands between the runs and the model, read and set by a person. */
import { Argument } from "commander";
import { type AddCommand, define, type Options } from "./define.ts";

type Given = Options<{ readonly platform?: string }>;

export const breaker: AddCommand = (program, context) => {
  const action = new Argument("[action]", "show, open (no call starts) or close (calls start again)");
  define(program, {
    usage: "breaker",
    summary: "show, open or close the breakers of the models (role operator)",
    examples: [
      "breaker",
      "breaker show claude-haiku-5-5",
      "breaker open claude-haiku-5-5",
      "breaker close claude-haiku-5-5",
    ],
  })
    .addArgument(action.choices(["show", "open", "close"]).default("show"))
    .argument("[class]", "limit class, as breaker shows it; needed to open or close")
    .option("--platform <name>", "another platform than the deployment's own")
    .action(async (what: "show" | "open" | "close", limitClass: string | undefined, options: Given) => {
      const { connect } = await import("../connect.ts");
      const { UsageFailure } = await import("../failure.ts");
      const { breakersTable } = await import("../terminal/breakers-table.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const client = connect(context, options);
      const output = outputFor(context, options);
      if (limitClass === undefined) {
        if (what !== "show") {
          throw new UsageFailure(`muster breaker ${what} needs a class`, "muster breaker lists them");
        }
        const all = await client.breakers();
        output.say(breakersTable(all));
        output.result({ breakers: all });
        return;
      }
      const name = { limitClass, platform: options.platform };
      const one = what === "show" ? await client.breaker(name) : await client.setBreaker(name, { action: what });
      output.say(breakersTable([one]));
      output.result(one);
    });
};
