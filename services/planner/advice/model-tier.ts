/** Which rate of model calls the traffic needs. Pure. */

/** Tiers of the Claude API in requests a minute for a model class (Opus 5, Sonnet 5, Haiku 4.5). */
export const modelTiers = {
  asOf: "2026-08-22",
  source: "Anthropic's page of rate limits",
  tiers: [
    { name: "Start", callsPerMinute: 1_000 },
    { name: "Build", callsPerMinute: 5_000 },
    { name: "Scale", callsPerMinute: 10_000 },
  ],
} as const;

/** `shortPart`: part of the calls of the traffic that the given rate cannot feed in its time; undefined: no rate was given. */
export type ModelTierAdvice = {
  readonly peakCallsPerMinute: number;
  readonly meanCallsPerMinute: number;
  readonly tier: string;
  readonly given: number | undefined;
  readonly feedsRuns: number | undefined;
};

/** The lowest tier that feeds the peak without making runs slower. */
export function adviseModelTier(
  demand: { readonly peakRuns: number; readonly meanRuns: number; readonly callsPerRunMinute: number },
  given: number | undefined,
): ModelTierAdvice {
  const peakCallsPerMinute = demand.peakRuns * demand.callsPerRunMinute;
  const tier = modelTiers.tiers.find(({ callsPerMinute }) => callsPerMinute >= peakCallsPerMinute);
  return {
    peakCallsPerMinute,
    meanCallsPerMinute: demand.meanRuns * demand.callsPerRunMinute,
    tier: tier?.name ?? "above Scale: a limit by contract, several model classes, or a second platform",
    given,
    feedsRuns: given === undefined ? undefined : Math.floor(given / demand.callsPerRunMinute),
  };
}
