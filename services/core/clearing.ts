/**
 * When the API is to clear old tool results of a history (context editing). It clears on its side: what we store and send stays
 * append-only. Clearing breaks the cache from the first cleared result on, so it pays only where a longer prompt costs more than
 * its tokens. Pure.
 */
import { prices } from "../contract/models.ts";

/** Clear once the prompt is longer than `aboveTokens`, all but the newest results, if that takes at least `atLeastTokens` away. */
export type Clearing = { readonly aboveTokens: number; readonly keepToolUses: number; readonly atLeastTokens: number };

/** What is frozen into a run; `clearing` undefined: nothing is ever cleared. */
export type ClearingChoice = { readonly clearing: Clearing | undefined; readonly because: string };

/** Share of the next price band's edge at which clearing begins: results, an answer and the kept results still fit below it. */
const BEGIN = 0.75;
/** Less than this share is not worth the broken cache. */
const LEAST = 0.1;
const KEEP = 3;

/**
 * Before the edge of a model's price band, or of its longest prompt. Reading a cached token costs a tenth to a fortieth of
 * sending it again, so inside a band nothing is cleared: the rewritten rest would cost more than the cleared part.
 */
export function chooseClearing(model: string): ClearingChoice {
  const edge = prices[model]?.bands[0]?.promptTokensMax;
  if (edge === undefined) return { clearing: undefined, because: `the price bands of ${model} are not known` };
  const clearing = {
    aboveTokens: Math.floor(edge * BEGIN),
    keepToolUses: KEEP,
    atLeastTokens: Math.floor(edge * LEAST),
  };
  return { clearing, because: `prompts above ${edge} tokens cost more, or are refused` };
}

/**
 * Whether a call asks for clearing: once a prompt came half-way to its threshold, then always. Short runs never use this beta
 * feature of the API. Depends on committed turns alone.
 */
export const asksForClearing = (clearing: Clearing, turns: readonly { readonly promptTokens: number }[]): boolean =>
  turns.some(({ promptTokens }) => promptTokens * 2 >= clearing.aboveTokens);
