/** The limits that the API states in the headers of its answers; `undefined` fields where it does not. */
import type { RateControl } from "../../contract/rate.ts";

const NAMES = [
  ["requestsPerMinute", "anthropic-ratelimit-requests-limit"],
  ["inputTokensPerMinute", "anthropic-ratelimit-input-tokens-limit"],
  ["outputTokensPerMinute", "anthropic-ratelimit-output-tokens-limit"],
] as const;

/** A header that is missing or not a whole number says nothing, never 0. */
export function ratesOf(headers: Headers): RateControl["server"] {
  const rates: Partial<Record<(typeof NAMES)[number][0], number>> = {};
  for (const [field, header] of NAMES) {
    const value = Number(headers.get(header) ?? Number.NaN);
    if (Number.isSafeInteger(value) && value >= 1) rates[field] = value;
  }
  return rates;
}
