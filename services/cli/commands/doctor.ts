/** `muster doctor`: what is wrong with the set-up, and how to mend it. */
import { type AddCommand, define, type Options } from "./define.ts";

export const doctor: AddCommand = (program, context) => {
  define(program, {
    usage: "doctor",
    summary: "check the set-up and say how to mend what is wrong",
    examples: ["doctor", "doctor --url https://... --json"],
  }).action(async (options: Options) => {
    const { checkData, checkNode, checkPackages } = await import("../doctor/machine.ts");
    const { checkService } = await import("../doctor/service.ts");
    const { findingText } = await import("../doctor/finding.ts");
    const { outputFor } = await import("../terminal/output.ts");
    const { CliFailure } = await import("../failure.ts");
    const output = outputFor(context, options);
    const machine = [checkNode(context), checkPackages(context), ...checkData(context, options)];
    const findings = [...machine, ...(await checkService(context, options))];
    for (const finding of findings) output.say(findingText(finding, output.style));
    const bad = findings.filter((finding) => finding.level === "wrong").length;
    output.result({ ok: bad === 0, wrong: bad, findings });
    if (bad > 0)
      throw new CliFailure("set-up-wrong", `${bad} of ${findings.length} checks found something wrong`, {
        reported: true,
      });
  });
};
