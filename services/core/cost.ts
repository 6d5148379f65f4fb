/** What a call cost, and the most that it can cost. Integer micro-USD, rounded up; an unknown model has no price. */
import { type PriceBand, type PriceList, priceLists } from "../contract/models.ts";
import { priceName } from "../contract/platforms.ts";
import type { Usage } from "../contract/run.ts";

const PICO_PER_MICRO = 1_000_000;

/** A price in micro-USD, or the reason why there is none (the run is refused, never priced at 0). */
export type Priced = { readonly kind: "priced"; readonly microUsd: number } | { readonly kind: "unknown-model" };

/** Every list of a model, ascending by date; none of a model that nobody knows. */
export const listsOf = (model: string): readonly PriceList[] =>
  Object.hasOwn(priceLists, model) ? (priceLists[model] ?? []) : [];

/** The list in force at a time, by UTC day; before the first one that is known, that one. The newest without a time. */
export function priceListOf(model: string, atMs?: number): PriceList | undefined {
  const lists = listsOf(model);
  if (atMs === undefined) return lists.at(-1);
  return lists.findLast(({ effectiveFrom }) => Date.parse(effectiveFrom) <= atMs) ?? lists[0];
}

/** Tokens of the whole prompt, however they were billed. */
export const promptTokens = (usage: Usage): number =>
  usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheReadTokens;

/** How a call was made: when it was sent, and whether in a batch. */
export type CallTerms = { readonly atMs?: number; readonly batch?: boolean };

/** Cost of one answer's usage, rounded up for this call alone. The whole prompt's length picks the price band. */
export function costOf(model: string, usage: Usage, { atMs, batch = false }: CallTerms = {}): Priced {
  const bands = priceListOf(model, atMs)?.bands;
  const prompt = promptTokens(usage);
  const band = bands?.find(({ promptTokensMax }) => prompt <= promptTokensMax) ?? bands?.at(-1);
  if (band === undefined) return { kind: "unknown-model" };
  const pico =
    usage.inputTokens * band.input +
    usage.outputTokens * band.output +
    usage.cacheWrite5mTokens * band.cacheWrite5m +
    usage.cacheWrite1hTokens * band.cacheWrite1h +
    usage.cacheReadTokens * band.cacheRead;
  return { kind: "priced", microUsd: Math.ceil((pico * (batch ? band.batchShare : 1)) / PICO_PER_MICRO) };
}

const worstOf = (bands: readonly PriceBand[], promptTokensMax: number, maxTokens: number): number => {
  const reached = bands.filter((_, i) => i === 0 || promptTokensMax > (bands[i - 1]?.promptTokensMax ?? 0));
  const pico = reached.map((band) => {
    const dearest = Math.max(band.input, band.cacheWrite5m, band.cacheWrite1h);
    return Math.min(promptTokensMax, band.promptTokensMax) * dearest + maxTokens * band.output;
  });
  return Math.ceil(Math.max(...pico) / PICO_PER_MICRO);
};

/**
 * Most that a call can cost: the prompt at its dearest input price and `maxTokens` of output, in any band that it can reach and
 * by any list of the model, for a price may change between the reservation and the call.
 */
export function worstCost(model: string, promptTokensMax: number, maxTokens: number): Priced {
  // The run may be called on any platform that has a price.
  if (listsOf(model).length === 0) return { kind: "unknown-model" };
  const lists = [...listsOf(model), ...listsOf(priceName("bedrock", model))];
  return {
    kind: "priced",
    microUsd: Math.max(...lists.map(({ bands }) => worstOf(bands, promptTokensMax, maxTokens))),
  };
}

/** Upper bound of the tokens of a text: three bytes a token. Source: facts on token counting, about 4 characters a token. */
export const tokensAtMost = (bytes: number): number => Math.ceil(bytes / 3);
