/** `muster limits`: the rates that the fleet keeps to, read and set by a person. */
import { Argument } from "commander";
import { type AddCommand, define, type Options } from "./define.ts";

type Given = Options<{
  readonly rpm?: string;
  readonly burst?: string;
  readonly inputTpm?: string;
  readonly outputTpm?: string;
  readonly platform?: string;
}>;

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));

/** The fields that were given; a text that is no number is refused by the schema, with its name. */
const changeOf = ({ rpm, burst, inputTpm, outputTpm }: Given) => ({
  requestsPerMinute: number(rpm),
  burstSize: number(burst),
  inputTokensPerMinute: number(inputTpm),
  outputTokensPerMinute: number(outputTpm),
});

const given = (change: object) => Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));

export const limits: AddCommand = (program, context) => {
  const action = new Argument("[action]", "show, set, or reset (back to the settings of the deployment)");
  define(program, {
    usage: "limits",
    summary: "show or change the rate limits of the models at run time (role operator)",
    examples: [
      "limits",
      "limits set claude-haiku-5-5 --rpm 1000 --burst 100",
      "limits set claude-sonnet-5-5 --input-tpm 500000",
      "limits reset claude-haiku-5-5",
    ],
  })
    .addArgument(action.choices(["show", "set", "reset"]).default("show"))
    .argument("[class]", "limit class, as limits shows it; needed to set or reset")
    .option("--rpm <n>", "requests a minute")
    .option("--burst <n>", "requests that may start at once after quiet")
    .option("--input-tpm <n>", "uncached input tokens a minute")
    .option("--output-tpm <n>", "output tokens a minute")
    .option("--platform <name>", "another platform than the deployment's own")
    .action(async (what: "show" | "set" | "reset", limitClass: string | undefined, options: Given) => {
      const { connect } = await import("../connect.ts");
      const { UsageFailure } = await import("../failure.ts");
      const { limitChange } = await import("../../contract/limit-view.ts");
      const { parseOption } = await import("../parse-option.ts");
      const { limitsTable } = await import("../terminal/limits-table.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const client = connect(context, options);
      const output = outputFor(context, options);
      if (limitClass === undefined) {
        if (what !== "show") throw new UsageFailure(`muster limits ${what} needs a class`, "muster limits lists them");
        const all = await client.limits();
        output.say(limitsTable(all));
        output.result({ limits: all });
        return;
      }
      const name = { limitClass, platform: options.platform };
      const ask = {
        show: () => client.limit(name),
        set: () => client.setLimit(name, parseOption(limitChange, given(changeOf(options)))),
        reset: () => client.resetLimit(name),
      };
      const one = await ask[what]();
      output.say(limitsTable([one]));
      output.result(one);
    });
};
