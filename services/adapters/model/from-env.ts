/** The model of an environment: its platform, and the one to fail over to. Packages of others are not loaded. */
import type { WorkerEnv } from "../../contract/env.ts";
import type { Platform } from "../../contract/platforms.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Model } from "../../ports/model.ts";
import { anthropicModel } from "./anthropic.ts";
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
  | "ANTHROPIC_API_KEY"
  | "ANTHROPIC_BASE_URL"
  | "ANTHROPIC_AWS_WORKSPACE_ID"
  | "ANTHROPIC_AWS_API_KEY"
  | "ANTHROPIC_AWS_BASE_URL"
  | "AWS_BEARER_TOKEN_BEDROCK"
  | "ANTHROPIC_BEDROCK_BASE_URL"
  | "ANTHROPIC_BEDROCK_MANTLE_BASE_URL"
>;

function needed(env: ModelEnv, name: "ANTHROPIC_API_KEY" | "ANTHROPIC_AWS_WORKSPACE_ID", by: Platform): string {
  const value = env[name];
  if (value === undefined) throw new Error(`environment: ${name}: the platform ${by} needs it`);
  return value;
}

function modelOf(platform: Platform, env: ModelEnv, clock: Clock): Model | Promise<Model> {
  const region = env.AWS_REGION;
  const bedrock = { region, prefix: env.MUSTER_BEDROCK_MODEL_PREFIX, apiKey: env.AWS_BEARER_TOKEN_BEDROCK, clock };
  switch (platform) {
    case "anthropic":
      return anthropicModel({
        apiKey: needed(env, "ANTHROPIC_API_KEY", platform),
        baseURL: env.ANTHROPIC_BASE_URL,
        clock,
      });
    case "claude-aws":
      return claudeAwsModel({
        region,
        workspaceId: needed(env, "ANTHROPIC_AWS_WORKSPACE_ID", platform),
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

/** Throws when a platform's package or a variable that it needs is missing. */
export async function modelFromEnv(env: ModelEnv, clock: Clock): Promise<Model> {
  const { MUSTER_PLATFORM: first, MUSTER_FAILOVER_PLATFORM: second } = env;
  const primary = { platform: first, model: await modelOf(first, env, clock) };
  if (second === undefined || second === first) return platformsModel([primary]);
  return platformsModel([primary, { platform: second, model: await modelOf(second, env, clock) }]);
}
