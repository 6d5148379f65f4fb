import type { Place } from "../../contract/fleet.ts";
import { limits } from "../../contract/limits.ts";
import { type PlaceEnv, type PlaceParts, readPlace } from "./read-place.ts";

/**
 * Asks for the place of this process until all is known that a task can know, `placeTries` times at most: a machine that just
 * boots answers late. Tells `found` what is known, each time that it is more; ends quietly when the signal aborts.
 */
export async function findPlace(
  env: PlaceEnv,
  parts: PlaceParts & { found(place: Place): void },
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; tries < limits.placeTries && !signal.aborted; tries++) {
    const place = await readPlace(env, parts);
    if (place !== undefined) parts.found(place);
    if (place?.taskArn !== undefined || env.ECS_CONTAINER_METADATA_URI_V4 === undefined) return;
    await parts.clock.sleep(limits.placeAgainMs, signal);
  }
}
