/** Claude Platform on AWS: the Claude API with AWS signatures or a key of the AWS console, and a workspace. */
import type { Clock } from "../../ports/clock.ts";
import type { Model } from "../../ports/model.ts";
import { messagesModel } from "./messages-model.ts";
import { optionalPackage } from "./optional-package.ts";
import { httpTransport } from "./transport.ts";

/** Without a key, calls are signed with the credentials that AWS's own chain finds. */
export type ClaudeAwsSettings = {
  readonly region: string;
  readonly workspaceId: string;
  readonly apiKey?: string | undefined;
  readonly baseURL?: string | undefined;
  readonly clock: Clock;
};

/** `Model` over Claude Platform on AWS; throws when its package is not installed. */
export async function claudeAwsModel({
  region,
  workspaceId,
  apiKey,
  baseURL,
  clock,
}: ClaudeAwsSettings): Promise<Model> {
  const { AnthropicAws } = await optionalPackage("@anthropic-ai/aws-sdk", () => import("@anthropic-ai/aws-sdk"));
  const { fetch, bodyOf } = httpTransport();
  const client = new AnthropicAws({
    awsRegion: region,
    workspaceId,
    apiKey: apiKey ?? null,
    baseURL: baseURL ?? `https://aws-external-anthropic.${region}.api.aws`,
    maxRetries: 0,
    openTelemetry: false,
    fetch,
  });
  return messagesModel({ client, bodyOf, modelId: (model) => model }, clock);
}
