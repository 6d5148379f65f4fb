/** Amazon Bedrock: its runtime (binary event streams, one quota for all tokens) or Mantle (the Messages API as it is). */
import { Readable } from "node:stream";
import type { Clock } from "../../ports/clock.ts";
import type { Model } from "../../ports/model.ts";
import { messagesModel } from "./messages-model.ts";
import { optionalPackage } from "./optional-package.ts";
import { httpTransport } from "./transport.ts";

const PACKAGE = "@anthropic-ai/bedrock-sdk";

/** Without a key, calls are signed with the credentials that AWS's own chain finds. `prefix` makes a model's id: `anthropic.`. */
export type BedrockSettings = {
  readonly region: string;
  readonly prefix: string;
  readonly apiKey?: string | undefined;
  readonly baseURL?: string | undefined;
  readonly clock: Clock;
};

const shared = { maxRetries: 0, openTelemetry: false } as const;

/**
 * `Model` over bedrock-runtime; throws when its package is not installed. The SDK turns the binary stream into events, so the
 * bytes come from its own response, over the runtime's `fetch`.
 */
export async function bedrockModel({ region, prefix, apiKey, baseURL, clock }: BedrockSettings): Promise<Model> {
  const { AnthropicBedrock } = await optionalPackage(PACKAGE, () => import("@anthropic-ai/bedrock-sdk"));
  const client = new AnthropicBedrock({
    ...shared,
    awsRegion: region,
    apiKey: apiKey ?? null,
    baseURL: baseURL ?? `https://bedrock-runtime.${region}.amazonaws.com`,
  });
  const bodyOf = ({ body }: Response) => (body === null ? undefined : Readable.fromWeb(body));
  return messagesModel({ client, bodyOf, modelId: (model) => `${prefix}${model}` }, clock);
}

/** `Model` over bedrock-mantle; throws when its package is not installed. */
export async function mantleModel({ region, prefix, apiKey, baseURL, clock }: BedrockSettings): Promise<Model> {
  const { AnthropicBedrockMantle } = await optionalPackage(PACKAGE, () => import("@anthropic-ai/bedrock-sdk"));
  const { fetch, bodyOf } = httpTransport();
  const client = new AnthropicBedrockMantle({
    ...shared,
    awsRegion: region,
    apiKey: apiKey ?? null,
    baseURL: baseURL ?? `https://bedrock-mantle.${region}.api.aws/anthropic`,
    fetch,
  });
  return messagesModel({ client, bodyOf, modelId: (model) => `${prefix}${model}` }, clock);
}
