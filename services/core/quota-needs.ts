/** What of an account's quotas a fleet needs at its largest. Pure. */
import { type PoolKey, type PoolSize, poolKeys } from "../contract/profiles.ts";
import { functionQuota, poolQuotas, vcpusOf } from "../contract/quotas.ts";

/** A quota, what is needed of it, and what is needed for anything to run at all. */
export type QuotaNeed = {
  readonly service: string;
  readonly code: string;
  readonly text: string;
  readonly need: number;
  readonly least: number;
};

/** Streams and waits that are open at once where none are reserved, beside the controller, its ears and submits. */
const WATCHERS = 50;
const BESIDE = 50;

/** The needs of pools with these bounds; a pool that may have nothing needs nothing. */
export function quotaNeeds(
  pools: Readonly<Record<PoolKey, PoolSize>>,
  watchers: number = WATCHERS,
): readonly QuotaNeed[] {
  const ofPools = poolKeys
    .filter((key) => pools[key].max > 0)
    .map((key) => ({
      ...poolQuotas[key],
      need: pools[key].max * vcpusOf[key],
      // Something must be able to start: of Spot one of the smallest machines, of the others what the floor keeps.
      least: Math.max(pools[key].min * vcpusOf[key], key === "spot" ? 2 : 0),
    }));
  return [...ofPools, { ...functionQuota, need: watchers + BESIDE, least: 10 }];
}
