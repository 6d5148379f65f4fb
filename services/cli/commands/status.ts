/** `muster status`: whether an installation is there, answers and works. */
import { Option } from "commander";
import { type AddCommand, define, type Options } from "./define.ts";

export const status: AddCommand = (program, context) => {
  define(program, {
    usage: "status",
    summary: "show whether the API answers, and its workers and lanes; with --stack also the stacks on AWS",
    examples: ["status", "status --stack muster", "status --stack muster --json"],
  })
    .addOption(new Option("--stack <name>", "installation on AWS, found by the outputs of its stacks"))
    .action(async (options: Options) => {
      const { lookAt, statusText } = await import("../stack/status.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { CliFailure } = await import("../failure.ts");
      const output = outputFor(context, options);
      const found = await lookAt(context, options);
      output.say(statusText(found, output.style, context.clock.nowMs()));
      output.result({ ok: found.wrong.length === 0, ...found });
      if (found.wrong.length > 0)
        throw new CliFailure("not-well", found.wrong.join("; "), {
          fix: `npx muster doctor${options.stack === undefined ? "" : ` --aws --stack ${options.stack}`}`,
          reported: true,
        });
    });
};
