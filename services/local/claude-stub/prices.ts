/** What a call costs, from a table of the stub's own: written down apart from the product's, so that one checks the other. */
import { promptTokensOf, type Usage } from "./usage.ts";

/** USD for a million tokens: input, output, cache write 5 min, cache write 1 h, cache read. */
type Rates = readonly [input: number, output: number, write5m: number, write1h: number, read: number];

/** Rates of a model, and others for every token of a request whose prompt is longer than `above` tokens. */
type Price = { readonly rates: Rates; readonly long?: { readonly above: number; readonly rates: Rates } };

const OPUS: Rates = [5, 25, 6.25, 10, 0.5];
const SONNET_4: Rates = [3, 15, 3.75, 6, 0.3];

const PRICES: ReadonlyMap<string, Price> = new Map<string, Price>([
  [
    "claude-haiku-5-5",
    { rates: [0.1, 0.5, 0.125, 0.2, 0.01], long: { above: 100_000, rates: [0.5, 2.5, 0.625, 1, 0.05] } },
  ],
  ["claude-sonnet-5-5", { rates: [2, 10, 2.5, 4, 0.1] }],
  ["claude-opus-5-5", { rates: [4, 20, 5, 8, 0.2] }],
  ["claude-fable-5-1", { rates: [10, 50, 12.5, 20, 0.25] }],
  ["claude-sonnet-5", { rates: [2, 10, 2.5, 4, 0.2] }],
  ["claude-opus-5", { rates: OPUS }],
  ["claude-opus-4-8", { rates: OPUS }],
  ["claude-opus-4-7", { rates: OPUS }],
  ["claude-opus-4-6", { rates: OPUS }],
  ["claude-opus-4-5", { rates: OPUS }],
  ["claude-sonnet-4-6", { rates: SONNET_4 }],
  ["claude-sonnet-4-5", { rates: SONNET_4 }],
  ["claude-haiku-4-5", { rates: [1, 5, 1.25, 2, 0.1] }],
]);

/** Thousandths of a USD: rates above are exact in these, and sums of them in integers. */
const MILLI = 1_000;

/** Micro-USD of one call, rounded up; undefined for a model whose price is not published. `share` is below 1 for a batch. */
export function priceOf(model: string, usage: Usage, share = 1): number | undefined {
  const price = PRICES.get(model);
  if (price === undefined) return undefined;
  const long = price.long !== undefined && promptTokensOf(usage) > price.long.above ? price.long.rates : price.rates;
  const [input, output, write5m, write1h, read] = long.map((usd) => Math.round(usd * MILLI));
  const milli =
    usage.inputTokens * (input ?? 0) +
    usage.outputTokens * (output ?? 0) +
    usage.cacheWrite5mTokens * (write5m ?? 0) +
    usage.cacheWrite1hTokens * (write1h ?? 0) +
    usage.cacheReadTokens * (read ?? 0);
  return Math.ceil((milli * share) / MILLI);
}
