/** Learns the fleet's week and foretells from it. Pure. */
import type { DemandProfile } from "../../contract/capacity-profile.ts";
import { limits } from "../../contract/limits.ts";

const WEEK_BUCKETS = (7 * 24 * 60 * 60_000) / limits.profileBucketMs;
const bucketOf = (atMs: number): number => Math.floor(atMs / limits.profileBucketMs);
const keyOf = (bucket: number): string => String(bucket % WEEK_BUCKETS);

/** Takes a bucket that is over into the mean of its time of the week. One odd week counts a few times the mean at most. */
function close(profile: DemandProfile, { bucket, slots }: { bucket: number; slots: number }): DemandProfile {
  const key = keyOf(bucket);
  const before = profile.buckets[key];
  const version = profile.version + 1;
  if (before === undefined) return { ...profile, version, buckets: { ...profile.buckets, [key]: { weeks: 1, slots } } };
  const sample = before.slots > 0 ? Math.min(slots, before.slots * limits.profileCapTimes) : slots;
  const mean = before.slots + (sample - before.slots) / Math.min(before.weeks + 1, limits.profileWeeks);
  const after = { weeks: before.weeks + 1, slots: Math.ceil(mean) };
  return { ...profile, version, buckets: { ...profile.buckets, [key]: after } };
}

/**
 * Takes the demand of now in (slots, as the decision says in `slots.need` or as history tells). Call it once for each decision, in the
 * order of time; store the profile when its version has grown. Times that nobody saw teach nothing.
 */
export function learn(profile: DemandProfile, slots: number, nowMs: number): DemandProfile {
  const bucket = bucketOf(nowMs);
  const { open } = profile;
  if (open === undefined) return { ...profile, open: { bucket, slots } };
  if (open.bucket === bucket) return slots <= open.slots ? profile : { ...profile, open: { bucket, slots } };
  return open.bucket > bucket ? profile : { ...close(profile, open), open: { bucket, slots } };
}

/** The highest of what the week foretells from now until `aheadMs` later; undefined: none of it was seen in enough weeks. */
export function foretell(
  { buckets }: DemandProfile,
  { nowMs, aheadMs, leastWeeks }: { readonly nowMs: number; readonly aheadMs: number; readonly leastWeeks: number },
): { readonly slots: number; readonly weeks: number } | undefined {
  let highest: { slots: number; weeks: number } | undefined;
  for (let bucket = bucketOf(nowMs); bucket <= bucketOf(nowMs + aheadMs); bucket++) {
    const known = buckets[keyOf(bucket)];
    if (known === undefined || known.weeks < leastWeeks) continue;
    if (highest === undefined || known.slots > highest.slots) highest = { slots: known.slots, weeks: known.weeks };
  }
  return highest;
}
