/** Checks of the AWS account: whether it is prepared, what its quotas allow, and what the installation in it still lacks. */
import { profiles } from "../../contract/profiles.ts";
import { serviceRoles } from "../../contract/quotas.ts";
import { bootstrapStack } from "../../contract/stacks.ts";
import { type QuotaNeed, quotaNeeds } from "../../core/quota-needs.ts";
import type { CliContext } from "../context.ts";
import { type Finding, ok, skipped, warn, wrong } from "../doctor/finding.ts";
import { CliFailure } from "../failure.ts";
import { askAccount } from "./ask-account.ts";
import { findInstallation, type Installation } from "./installation.ts";

/** What is asked about: the installation of that name, or one that is still to be deployed with that profile. */
export type AccountAsked = {
  readonly stack: string;
  readonly profile: keyof typeof profiles | undefined;
  /** An image that is to be deployed, where the configuration names one. */
  readonly image: string | undefined;
};

/** A finding in place of what AWS does not tell: the other checks go on. */
async function told(check: string, find: () => Promise<Finding>): Promise<Finding> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    return warn(check, error.message, error.fix ?? "see npx muster doctor --help");
  }
}

/** Whether a quota lets the fleet grow to its bounds. Pure. */
export function quotaFinding({ service, code, text, need, least }: QuotaNeed, has: number | undefined): Finding {
  const check = "quota";
  if (has === undefined) return skipped(check, `AWS does not tell that of ${text} (${service} ${code})`);
  const mend = `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${need}`;
  if (has < least) return wrong(check, `${text}: ${has}; nothing can start with less than ${least}`, mend);
  if (has < need) return warn(check, `${text}: ${has} of ${need} that the fleet may grow to`, mend);
  return ok(check, `${text}: ${has}, ${need} needed`);
}

async function checkRoles(context: CliContext): Promise<Finding[]> {
  return Promise.all(
    serviceRoles.map(({ name, service, text }) =>
      told("role", async () =>
        (await askAccount(context, (account) => account.hasRole(name)))
          ? ok("role", `${name} is there (${text})`)
          : warn(
              "role",
              `no ${name}: AWS makes it at first use, if whoever asks may`,
              `aws iam create-service-linked-role --aws-service-name ${service}`,
            ),
      ),
    ),
  );
}

const checkQuotas = (context: CliContext, needs: readonly QuotaNeed[]): Promise<Finding[]> =>
  Promise.all(
    needs.map((need) =>
      told("quota", async () => quotaFinding(need, await askAccount(context, (account) => account.quota(need)))),
    ),
  );

async function checkSecret(context: CliContext, id: string): Promise<Finding> {
  const state = await askAccount(context, (account) => account.secret(id));
  const mend = `aws secretsmanager put-secret-value --secret-id ${id} --secret-string sk-ant-...`;
  if (state === "key") return ok("claude key", `is in the secret ${id}`);
  if (state === "absent") return wrong("claude key", `there is no secret ${id}`, "npx cdk deploy --all");
  return wrong("claude key", `the secret ${id} holds no key of the Claude API`, mend);
}

/** Whether the image of the workers can be pulled, and run by them. */
async function checkImage(context: CliContext, uri: string): Promise<Finding> {
  const state = await askAccount(context, (account) => account.image(uri));
  if (state === "there") return ok("image", uri);
  if (state === "elsewhere") return skipped("image", `${uri} is not in a registry of AWS`);
  if (state === "other-platform")
    return wrong(
      "image",
      `${uri} is not for linux/arm64, which workers run on`,
      "build it with --platform linux/arm64",
    );
  return wrong("image", `${uri} is gone; no new worker can start`, "npx cdk deploy --all");
}

async function checkInstallation(context: CliContext, found: Installation): Promise<Finding[]> {
  const { stacks, claudeSecret, workerImage } = found;
  const ofStacks = stacks.map(({ name, status }) =>
    /^(CREATE|UPDATE)_COMPLETE$/.test(status)
      ? ok("stack", `${name}: ${status}`)
      : wrong("stack", `${name}: ${status}`, "npx cdk deploy --all; the events of the stack say what failed"),
  );
  const inside = [
    ...(claudeSecret === undefined ? [] : [told("claude key", () => checkSecret(context, claudeSecret))]),
    ...(workerImage === undefined ? [] : [told("image", () => checkImage(context, workerImage))]),
  ];
  return [...ofStacks, ...(await Promise.all(inside))];
}

/** All of it. Throws `CliFailure` when AWS does not answer at all; an installation that is not there yet is a finding. */
export async function checkAccount(context: CliContext, { stack, profile, image }: AccountAsked): Promise<Finding[]> {
  const prepared = await askAccount(context, (account) => account.stack(bootstrapStack));
  const bootstrap =
    prepared === undefined
      ? wrong("bootstrap", "this account and Region were never prepared for the CDK", "npx cdk bootstrap")
      : ok("bootstrap", `${bootstrapStack}: ${prepared.status}`);
  const found = await findInstallation(context, stack).catch((error: unknown) => {
    if (error instanceof CliFailure && error.code === "no-stack") return undefined;
    throw error;
  });
  const chosen = profiles[profile ?? "trial"].pools;
  const pools = profile === undefined ? (found?.pools ?? chosen) : chosen;
  const [roles, quotas] = await Promise.all([checkRoles(context), checkQuotas(context, quotaNeeds(pools))]);
  const here =
    found === undefined
      ? [skipped("stacks", `no installation ${stack} in this account and Region yet: npx cdk deploy --all makes it`)]
      : await checkInstallation(context, found);
  const isNew = image !== undefined && image !== found?.workerImage;
  const named = isNew ? [await told("image", () => checkImage(context, image))] : [];
  return [bootstrap, ...here, ...named, ...roles, ...quotas];
}
