/** `muster watch`: a run as it goes. */
import { type AddCommand, define, type Options } from "./define.ts";

const more = `
Ends with the run; the exit code is 0 only if it SUCCEEDED. With --json every durable event is a line
{"event","id","data"} and the last line is the run.`;

export const watch: AddCommand = (program, context) => {
  define(program, {
    usage: "watch",
    summary: "show turns, tool calls and text of a run as they come",
    examples: ["watch run_...", "watch run_... --json"],
  })
    .argument("<id>", "id of the run")
    .addHelpText("after", more)
    .action(async (text: string, options: Options) => {
      const { connect } = await import("../connect.ts");
      const { CliFailure } = await import("../failure.ts");
      const { parseRunIds } = await import("../parse-option.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { runText } = await import("../terminal/run-text.ts");
      const { followRun } = await import("../watch/follow-run.ts");
      const { makeTranscript } = await import("../watch/transcript.ts");
      const output = outputFor(context, options);
      const [id = ""] = parseRunIds([text]);
      const shown = makeTranscript(output.style);
      const run = await followRun(connect(context, options).http, id, (event) => {
        if (!output.json) context.stdout.write(shown(event));
        else if (event.event !== "live") output.result(event);
      });
      output.say(runText(run, output.style));
      output.result(run);
      if (run.state !== "SUCCEEDED")
        throw new CliFailure("run-failed", `the run ended as ${run.state}`, { reported: true });
    });
};
