/** What a call cost, and the most that it can cost. Integer micro-USD, rounded up; an unknown model has no price. */
import { type PriceBand, prices } from "../contract/models.ts";
import type { Usage } from "../contract/run.ts";

const PICO_PER_MICRO = 1_000_000;

/** A price in micro-USD, or the reason why there is none (the run is refused, never priced at 0). */
export type Priced = { readonly kind: "priced"; readonly microUsd: number } | { readonly kind: "unknown-model" };

function bandFor(model: string, promptTokens: number): PriceBand | undefined {
  const bands = prices[model]?.bands;
  return bands?.find((band) => promptTokens <= band.promptTokensMax) ?? bands?.at(-1);
}

/** Tokens of the whole prompt, however they were billed. */
export const promptTokens = (usage: Usage): number =>
  usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheReadTokens;

/** Cost of one answer's usage. The whole prompt's length picks the price band. */
export function costOf(model: string, usage: Usage): Priced {
  const band = bandFor(model, promptTokens(usage));
  if (band === undefined) return { kind: "unknown-model" };
  const pico =
    usage.inputTokens * band.input +
    usage.outputTokens * band.output +
    usage.cacheWrite5mTokens * band.cacheWrite5m +
    usage.cacheWrite1hTokens * band.cacheWrite1h +
    usage.cacheReadTokens * band.cacheRead;
  return { kind: "priced", microUsd: Math.ceil(pico / PICO_PER_MICRO) };
}

/** Most that a call can cost: the prompt at its dearest input price and `maxTokens` of output, in any band it can reach. */
export function worstCost(model: string, promptTokensMax: number, maxTokens: number): Priced {
  const bands = prices[model]?.bands;
  if (bands === undefined) return { kind: "unknown-model" };
  const reached = bands.filter((_, i) => i === 0 || promptTokensMax > (bands[i - 1]?.promptTokensMax ?? 0));
  const pico = reached.map((band) => {
    const dearest = Math.max(band.input, band.cacheWrite5m, band.cacheWrite1h);
    return Math.min(promptTokensMax, band.promptTokensMax) * dearest + maxTokens * band.output;
  });
  return { kind: "priced", microUsd: Math.ceil(Math.max(...pico) / PICO_PER_MICRO) };
}

/** Upper bound of the tokens of a text: three bytes a token. Source: facts on token counting, about 4 characters a token. */
export const tokensAtMost = (bytes: number): number => Math.ceil(bytes / 3);
