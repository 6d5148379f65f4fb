/** The model of an environment: its platform, and the one to fail over to. Packages of others are not loaded. */
import type { WorkerEnv } from "../../contract/env.ts";
import type { Platform } from "../../contract/platforms.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Model } from "../../ports/model.ts";
import { anthropicModel } from "./anthropic.ts";
import type { ApiKey } from "./api-key.ts";
import { bedrockModel, mantleModel } from "./bedrock.ts";
import { claudeAwsModel } from "./claude-aws.ts";
import { platformsModel } from "./platforms.ts";

/** What is read of a worker's environment. */
export type ModelEnv = Pick<
  WorkerEnv,
  | "AWS_REGION"
  | "MUSTER_PLATFORM"
  | "MUSTER_FAILOVER_PLATFORM"
  | "MUSTER_BEDROCK_MODEL_PREFIX"
  | "ANTHROPIC_BASE_URL"
  | "ANTHROPIC_AWS_WORKSPACE_ID"
  | "ANTHROPIC_AWS_API_KEY"
  | "ANTHROPIC_AWS_BASE_URL"
  | "AWS_BEARER_TOKEN_BEDROCK"
  | "ANTHROPIC_BEDROCK_BASE_URL"
  | "ANTHROPIC_BEDROCK_MANTLE_BASE_URL"
>;

/** What a platform cannot do without. */
function needed<T>(value: T | undefined, name: keyof WorkerEnv, by: Platform): T {
  if (value === undefined) throw new Error(`environment: ${name}: the platform ${by} needs it`);
  return value;
}

type Given = { readonly env: ModelEnv; readonly claudeKey: ApiKey | undefined; readonly clock: Clock };

function modelOf(platform: Platform, { env, claudeKey, clock }: Given): Model | Promise<Model> {
  const region = env.AWS_REGION;
  const bedrock = { region, prefix: env.MUSTER_BEDROCK_MODEL_PREFIX, apiKey: env.AWS_BEARER_TOKEN_BEDROCK, clock };
  switch (platform) {
    case "anthropic":
      return anthropicModel({
        apiKey: needed(claudeKey, "ANTHROPIC_API_KEY", platform),
        baseURL: env.ANTHROPIC_BASE_URL,
        clock,
      });
    case "claude-aws":
      return claudeAwsModel({
        region,
        workspaceId: needed(env.ANTHROPIC_AWS_WORKSPACE_ID, "ANTHROPIC_AWS_WORKSPACE_ID", platform),
        apiKey: env.ANTHROPIC_AWS_API_KEY,
        baseURL: env.ANTHROPIC_AWS_BASE_URL,
        clock,
      });
    case "bedrock":
      return bedrockModel({ ...bedrock, baseURL: env.ANTHROPIC_BEDROCK_BASE_URL });
    case "bedrock-mantle":
      return mantleModel({ ...bedrock, baseURL: env.ANTHROPIC_BEDROCK_MANTLE_BASE_URL });
  }
}

/** `claudeKey` is that of the Claude API. Throws when a platform's package or a variable that it needs is missing. */
export async function modelFromEnv(given: Given): Promise<Model> {
  const { MUSTER_PLATFORM: first, MUSTER_FAILOVER_PLATFORM: second } = given.env;
  const primary = { platform: first, model: await modelOf(first, given) };
  if (second === undefined || second === first) return platformsModel([primary]);
  return platformsModel([primary, { platform: second, model: await modelOf(second, given) }]);
}
