/** Usage records: what one call is billed for. */
import type { PromptSplit } from "./cache.ts";

/** Tokens of one call, in the five kinds that have a price of their own. */
export interface Usage {
  readonly inputTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
}

/** Usage of a call that billed nothing. */
export const NO_USAGE: Usage = {
  inputTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
};

/** Usage of a prompt and an answer. `leastInput` raises the input to what a rehearsal asks for. */
export function usageOf(split: PromptSplit, outputTokens: number, leastInput: number): Usage {
  return {
    inputTokens: Math.max(split.inputTokens, leastInput),
    cacheWrite5mTokens: split.write5mTokens,
    cacheWrite1hTokens: split.write1hTokens,
    cacheReadTokens: split.readTokens,
    outputTokens,
  };
}

/** Sum of two usages. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    cacheWrite5mTokens: a.cacheWrite5mTokens + b.cacheWrite5mTokens,
    cacheWrite1hTokens: a.cacheWrite1hTokens + b.cacheWrite1hTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

/** Tokens of the whole prompt, however they are billed. */
export function promptTokensOf(usage: Usage): number {
  return usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheReadTokens;
}

/** Tokens that count against the input limit: cache reads do not. */
export function limitedInput(usage: Usage): number {
  return usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

/** The `usage` object of a message. */
export function wireUsage(usage: Usage): object {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: "standard",
    inference_geo: "global",
    speed: null,
  };
}
