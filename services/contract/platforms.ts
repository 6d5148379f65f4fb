/** Where models are called: each platform has models, limits and prices of its own behind the same protocol. */
import { z } from "zod";

/**
 * `anthropic`: the Claude API. `claude-aws`: Claude Platform on AWS (the same API, billed through AWS). `bedrock` and
 * `bedrock-mantle`: Amazon Bedrock, by its runtime or its Messages endpoint.
 */
export const platform = z.enum(["anthropic", "claude-aws", "bedrock", "bedrock-mantle"]);
export type Platform = z.infer<typeof platform>;

/** Under which name a platform's price of a model stands in the price table (`models.ts`): Bedrock has prices of its own. */
export const priceName = (of: string, model: string): string => (of.startsWith("bedrock") ? `bedrock:${model}` : model);
