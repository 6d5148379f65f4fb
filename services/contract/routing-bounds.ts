/** Times, sizes and counts of the choice of a model; part of `limits`. */
import { KIB, MINUTE } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const routingBounds = {
  /** A deadline in a hurry, long and short prompts, many tools, first calls that a class must afford; the classifier's
   * answer and what it reads of each part; what a model is told of an answer that is no good; a model's name. */
  routeHurryMs: MINUTE,
  routeLongTokens: 100_000,
  routeShortTokens: 8_000,
  routeToolsMany: 8,
  routeCallsLeast: 5,
  classifyTokens: 1_024,
  classifyChars: 4_000,
  correctionChars: 1_000,
  correctionBytes: 8 * KIB,
  modelChars: 100,
} as const;
