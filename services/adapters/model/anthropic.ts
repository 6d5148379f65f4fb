/** The Claude API, or whatever speaks its protocol at `baseURL`. */
import Anthropic from "@anthropic-ai/sdk";
import type { Clock } from "../../ports/clock.ts";
import type { Model } from "../../ports/model.ts";
import type { ApiKey } from "./api-key.ts";
import { messagesModel } from "./messages-model.ts";
import { httpTransport } from "./transport.ts";

export type AnthropicSettings = {
  readonly apiKey: ApiKey;
  readonly baseURL?: string | undefined;
  readonly clock: Clock;
};

/** `Model` over the Claude API. */
export function anthropicModel({ apiKey, baseURL, clock }: AnthropicSettings): Model {
  const { fetch, bodyOf } = httpTransport();
  const client = new Anthropic({ apiKey, baseURL: baseURL ?? null, maxRetries: 0, openTelemetry: false, fetch });
  return messagesModel({ client, bodyOf, modelId: (model) => model }, clock);
}
