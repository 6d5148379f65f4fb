/** `muster doctor`: what is wrong with the set-up, and how to mend it. */
import { Option } from "commander";
import type { ProfileName } from "../../contract/profiles.ts";
import type { CliContext } from "../context.ts";
import type { Finding } from "../doctor/finding.ts";
import { type AddCommand, define, type Options } from "./define.ts";

type DoctorOptions = Options<{ readonly aws?: boolean; readonly profile?: ProfileName }>;

export const doctor: AddCommand = (program, context) => {
  define(program, {
    usage: "doctor",
    summary: "check the set-up and say how to mend what is wrong",
    examples: [
      "doctor",
      "doctor --url https://... --json",
      "doctor --aws --profile surge",
      "doctor --aws --stack muster",
    ],
  })
    .option("--aws", "check what deploys to AWS: image build, preparation, quotas, roles, stacks, key and image")
    .addOption(new Option("--stack <name>", "with --aws: name of the installation (default: muster)"))
    .addOption(
      new Option("--profile <name>", "with --aws: quotas for this profile (default: what is deployed)").choices([
        "trial",
        "small",
        "standard",
        "large",
        "surge",
      ]),
    )
    .action(async (options: DoctorOptions) => {
      const { findingText } = await import("../doctor/finding.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { CliFailure } = await import("../failure.ts");
      const output = outputFor(context, options);
      const findings = options.aws ? await lookAtAccount(context, options) : await lookHere(context, options);
      for (const finding of findings) output.say(findingText(finding, output.style));
      const bad = findings.filter((finding) => finding.level === "wrong").length;
      output.result({ ok: bad === 0, wrong: bad, findings });
      if (bad > 0)
        throw new CliFailure("set-up-wrong", `${bad} of ${findings.length} checks found something wrong`, {
          reported: true,
        });
    });
};

async function lookHere(context: CliContext, options: DoctorOptions): Promise<readonly Finding[]> {
  const { checkData, checkNode, checkPackages } = await import("../doctor/machine.ts");
  const { checkService } = await import("../doctor/service.ts");
  const machine = [checkNode(context), checkPackages(context), ...checkData(context, options)];
  return [...machine, ...(await checkService(context, options))];
}

async function lookAtAccount(context: CliContext, options: DoctorOptions): Promise<readonly Finding[]> {
  const { checkNode, checkPackages } = await import("../doctor/machine.ts");
  const { checkAccount } = await import("../stack/account-findings.ts");
  const { checkImageBuild, namedImage } = await import("../doctor/image-build.ts");
  const asked = { stack: options.stack ?? "muster", profile: options.profile, image: namedImage(context) };
  const account = await checkAccount(context, asked);
  const image = await checkImageBuild(
    context,
    account.some(({ check }) => check === "stack"),
  );
  return [checkNode(context), checkPackages(context), image, ...account];
}
