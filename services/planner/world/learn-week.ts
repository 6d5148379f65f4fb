/** The week as the fleet would have learned it from earlier traffic. */
import { type DemandProfile, noDemandProfile } from "../../contract/capacity-profile.ts";
import { learn } from "../../core/capacity/profile.ts";
import { occupancy } from "../traffic/occupancy.ts";
import type { Traffic } from "../traffic/traffic.ts";

const STEP_MS = 10_000;

/** Shows the demand of earlier traffic to the deployed learner, decision by decision. */
export function learnWeek(earlier: Traffic, profile: DemandProfile = noDemandProfile): DemandProfile {
  return occupancy(earlier, STEP_MS).reduce(
    (known, slots, step) => learn(known, slots, earlier.startMs + step * STEP_MS),
    profile,
  );
}
