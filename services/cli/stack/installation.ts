/** An installation on AWS, found by the outputs of its stacks. */
import { z } from "zod";
import { poolKeys } from "../../contract/profiles.ts";
import { type StackPart, stackName, stackOutputs, stackParts } from "../../contract/stacks.ts";
import type { Account, StackView } from "../../ports/account.ts";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";
import { askAccount } from "./ask-account.ts";

const count = z.int().nonnegative();
const bounds = z.record(z.enum(poolKeys), z.object({ min: count, max: count }));

/** What the stacks say. A part that is not deployed is absent, and so is what it would have said. */
export type Installation = {
  readonly name: string;
  readonly url: string;
  readonly table: string;
  readonly profile: string;
  readonly stacks: readonly { readonly part: StackPart; readonly name: string; readonly status: string }[];
  readonly claudeSecret: string | undefined;
  readonly workerImage: string | undefined;
  readonly pools: z.infer<typeof bounds> | undefined;
};

/** The stack of the API: of an installation of that name, else of that name itself. */
async function apiStack(account: Account, name: string): Promise<StackView | undefined> {
  return (await account.stack(stackName(name, "Api"))) ?? (await account.stack(name));
}

function output(stack: StackView, key: string): string {
  const value = stack.outputs[key];
  if (value !== undefined) return value;
  throw new CliFailure("stack-unfinished", `stack ${stack.name} (${stack.status}) has no output ${key}`, {
    fix: "deploy it with this version (npx cdk deploy --all), or name another: --stack",
  });
}

function poolsOf(text: string | undefined): Installation["pools"] {
  return text === undefined ? undefined : bounds.parse(JSON.parse(text));
}

/** The installation of that name (or of that API stack). Throws `CliFailure` when there is none, or AWS does not answer. */
export async function findInstallation(context: CliContext, name: string): Promise<Installation> {
  const api = await askAccount(context, (account) => apiStack(account, name));
  if (api === undefined) {
    throw new CliFailure("no-stack", `no stack ${stackName(name, "Api")} in this account and Region`, {
      fix: "name the installation (--stack muster), set AWS_REGION, or deploy it: npx cdk deploy --all",
    });
  }
  const keys = stackOutputs.Api;
  const installation = output(api, keys.installation);
  const found = await askAccount(context, (account) =>
    Promise.all(stackParts.map(async (part) => ({ part, stack: await account.stack(stackName(installation, part)) }))),
  );
  const fleet = found.find(({ part }) => part === "Fleet")?.stack?.outputs ?? {};
  return {
    name: installation,
    url: output(api, keys.url).replace(/\/+$/, ""),
    table: output(api, keys.table),
    profile: output(api, keys.profile),
    stacks: found.map(({ part, stack }) => ({
      part,
      name: stackName(installation, part),
      status: stack?.status ?? "ABSENT",
    })),
    claudeSecret: fleet[stackOutputs.Fleet.claudeSecret],
    workerImage: fleet[stackOutputs.Fleet.workerImage],
    pools: poolsOf(fleet[stackOutputs.Fleet.bounds]),
  };
}

/** The options with the address of the installation that they name, if they name one. */
export async function atStack<T extends { readonly stack?: string | undefined; readonly url?: string | undefined }>(
  context: CliContext,
  options: T,
): Promise<T> {
  if (options.stack === undefined) return options;
  const { url } = await findInstallation(context, options.stack);
  return { ...options, url };
}
