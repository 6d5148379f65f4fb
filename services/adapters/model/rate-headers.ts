/** What the API states of its rate limits in the headers of an answer, refusals included. */
import type { RatesSaid } from "../../ports/model.ts";

const DIMENSIONS = [
  ["requests", "requestsPerMinute"],
  ["input-tokens", "inputTokensPerMinute"],
  ["output-tokens", "outputTokensPerMinute"],
] as const;

/** A header that is missing or not a whole number says nothing, never 0. */
function whole(headers: Headers, name: string, least: number): number | undefined {
  const text = headers.get(name);
  const value = text === null || text === "" ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) && value >= least ? value : undefined;
}

/** Limits and what is left of them; fields that the headers do not state are absent. */
export function ratesOf(headers: Headers): RatesSaid {
  const limits: Partial<Record<(typeof DIMENSIONS)[number][1], number>> = {};
  const left: Partial<Record<"requests" | "input" | "output", number>> = {};
  for (const [name, field] of DIMENSIONS) {
    const limit = whole(headers, `anthropic-ratelimit-${name}-limit`, 1);
    if (limit !== undefined) limits[field] = limit;
    const remaining = whole(headers, `anthropic-ratelimit-${name}-remaining`, 0);
    const dimension = name === "requests" ? name : name === "input-tokens" ? "input" : "output";
    if (remaining !== undefined) left[dimension] = remaining;
  }
  return { limits, left };
}
