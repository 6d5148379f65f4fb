/** The models that Muster knows, which class means which model, and their prices with dates. One table to change. */
import { z } from "zod";

/** What an agent asks for when it does not name a model. */
export const modelClass = z.enum(["simple", "standard", "hard"]);
export type ModelClass = z.infer<typeof modelClass>;

/** Micro-USD for one million tokens equals pico-USD for one token: the integer that costs are computed in. */
export type PicoUsdPerToken = number;

/** The six prices of a model, for prompts up to `promptTokensMax` (input + cache writes + cache reads). */
export type PriceBand = {
  readonly promptTokensMax: number;
  readonly input: PicoUsdPerToken;
  readonly output: PicoUsdPerToken;
  readonly cacheWrite5m: PicoUsdPerToken;
  readonly cacheWrite1h: PicoUsdPerToken;
  readonly cacheRead: PicoUsdPerToken;
  readonly batchShare: number;
};

/** A price list of one model from a day on; bands ascend by `promptTokensMax`. */
export type PriceList = { readonly effectiveFrom: string; readonly bands: readonly PriceBand[] };

const usd = (perMillion: number): PicoUsdPerToken => Math.round(perMillion * 1_000_000);

const band = (promptTokensMax: number, prices: readonly [number, number, number, number, number]): PriceBand => ({
  promptTokensMax,
  input: usd(prices[0]),
  output: usd(prices[1]),
  cacheWrite5m: usd(prices[2]),
  cacheWrite1h: usd(prices[3]),
  cacheRead: usd(prices[4]),
  batchShare: 0.5,
});

const ALL = 1_000_000;

/** Which model a class means. */
export const modelOfClass: Readonly<Record<ModelClass, string>> = {
  simple: "claude-haiku-5-5",
  standard: "claude-sonnet-5-5",
  hard: "claude-opus-5-5",
};

/** Models that share one limit of the account (Anthropic counts these lines together). */
const COMBINED: readonly (readonly [RegExp, string])[] = [
  [/^claude-opus-4(-|$)/, "claude-opus-4"],
  [/^claude-sonnet-4(-|$)/, "claude-sonnet-4"],
  [/^claude-fable-5(-|$)/, "claude-fable-5"],
];

/** The limit class of a model: the model itself unless it shares its limit with others. */
export const limitClassOf = (model: string): string =>
  COMBINED.find(([models]) => models.test(model))?.[1] ??
  model
    .toLowerCase()
    .replace(/[^a-z0-9.:-]/g, "-")
    .slice(0, 100);

const since = (effectiveFrom: string, ...bands: readonly PriceBand[]): PriceList => ({ effectiveFrom, bands });

const OPUS_5 = band(ALL, [5, 25, 6.25, 10, 0.5]);
const SONNET_4 = band(ALL, [3, 15, 3.75, 6, 0.3]);

/**
 * USD per million tokens: input, output, cache write 5 min, 1 h, cache read; a batch costs `batchShare` of each. A model's lists
 * ascend by date: a changed price is a new list, and calls before it keep the old one. Sources: Anthropic's model pages of
 * October 2026, its price page of 21 August 2026 for the older models. A model whose price nobody published is not here.
 */
export const priceLists: Readonly<Record<string, readonly [PriceList, ...PriceList[]]>> = {
  "claude-haiku-5-5": [
    since("2026-10-07", band(100_000, [0.1, 0.5, 0.125, 0.2, 0.01]), band(ALL, [0.5, 2.5, 0.625, 1, 0.05])),
  ],
  "claude-sonnet-5-5": [since("2026-10-07", band(ALL, [2, 10, 2.5, 4, 0.1]))],
  "claude-opus-5-5": [since("2026-09-23", band(ALL, [4, 20, 5, 8, 0.2]))],
  "claude-fable-5-1": [since("2026-10-07", band(ALL, [10, 50, 12.5, 20, 0.25]))],
  "claude-sonnet-5": [since("2026-08-21", band(ALL, [2, 10, 2.5, 4, 0.2]))],
  "claude-opus-5": [since("2026-08-21", OPUS_5)],
  "claude-opus-4-8": [since("2026-08-21", OPUS_5)],
  "claude-opus-4-7": [since("2026-08-21", OPUS_5)],
  "claude-opus-4-6": [since("2026-08-21", OPUS_5)],
  "claude-opus-4-5": [since("2026-08-21", OPUS_5)],
  "claude-sonnet-4-6": [since("2026-08-21", SONNET_4)],
  "claude-sonnet-4-5": [since("2026-08-21", SONNET_4)],
  "claude-haiku-4-5": [since("2026-08-21", band(ALL, [1, 5, 1.25, 2, 0.1]))],
};

const newest = ([first, ...later]: readonly [PriceList, ...PriceList[]]): PriceList => later.at(-1) ?? first;

/** The newest list of each model. */
export const prices: Readonly<Record<string, PriceList>> = Object.fromEntries(
  Object.entries(priceLists).map(([model, lists]) => [model, newest(lists)]),
);

/** Shortest prefix that is cached, in tokens; a shorter one is silently not cached. Source: Anthropic, prompt caching, 2026. */
const cacheLeast: readonly (readonly [RegExp, number])[] = [
  [/^claude-(haiku|sonnet|opus)-5-5(-|$)|^claude-opus-5(-|$)|^claude-fable-5-/, 512],
  [/^claude-sonnet-5(-|$)|^claude-sonnet-4-[56](-|$)|^claude-opus-4-8(-|$)/, 1_024],
];

/** Shortest prefix that a model caches, in tokens; the longest known one for a model that is not in the table. */
export const cacheLeastTokens = (model: string): number =>
  cacheLeast.find(([models]) => models.test(model))?.[1] ?? 4_096;
