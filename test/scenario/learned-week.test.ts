/** The controller learns the week from what came, not from what it foretold. */
import { expect, test } from "vitest";
import { memoryCapacity } from "../../services/adapters/memory/capacity.ts";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { capacityPolicy } from "../../services/contract/capacity-policy.ts";
import { limits } from "../../services/contract/limits.ts";
import { Scaler } from "../../services/controller/capacity/scaler.ts";
import { decide } from "../../services/core/capacity/decide.ts";
import { learn } from "../../services/core/capacity/profile.ts";
import { NOON } from "../support/capacity.ts";

test("a peak that was foretold and did not come is half forgotten", async () => {
  const bucket = String(Math.floor(NOON / limits.profileBucketMs) % 672);
  const clock = manualClock(NOON);
  const world = memoryWorld({ clock });
  const { scalingStores: stores } = world;
  const pools = { spot: { min: 0, max: 100, desired: 0 } };
  const capacity = memoryCapacity(world.faults, clock, { pools });
  const policy = capacityPolicy.parse({ kind: "predictive" });
  const term = { epoch: 1, isMine: async () => true };
  await stores.memory.keepProfile(1, { v: 1, version: 1, buckets: { [bucket]: { weeks: 1, slots: 640 } } });
  const scaler = new Scaler(world, { stores, capacity, policy, decide, learn, acts: true });
  await scaler.decide(term);
  expect((await stores.memory.summary())?.slots?.wanted).toBe(640);
  await clock.advance(limits.profileBucketMs);
  await scaler.decide(term);
  expect((await stores.memory.profile())?.buckets[bucket]).toEqual({ weeks: 2, slots: 320 });
});
