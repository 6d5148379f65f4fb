/** `muster get`: one run with its result. */
import { type AddCommand, define, type Options } from "./define.ts";

export const get: AddCommand = (program, context) => {
  define(program, {
    usage: "get",
    summary: "show one run: state, cost, output",
    examples: ["get run_...", "get run_... --json | jq .output"],
  })
    .argument("<id>", "id of the run")
    .action(async (text: string, options: Options) => {
      const { connect } = await import("../connect.ts");
      const { parseRunIds } = await import("../parse-option.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { runText } = await import("../terminal/run-text.ts");
      const [id = ""] = parseRunIds([text]);
      const run = await connect(context, options).run(id);
      const output = outputFor(context, options);
      output.say(runText(run, output.style));
      output.result(run);
    });
};
