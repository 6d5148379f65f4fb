import type { Place } from "../../contract/fleet.ts";
import { limits } from "../../contract/limits.ts";
import { hasInstance } from "./has-instance.ts";
import { type PlaceEnv, type PlaceParts, readPlace } from "./read-place.ts";

/** Whether nothing is missing that this process was promised: the id of its machine (in a file, or by metadata), its task at an address. */
const isWhole = (env: PlaceEnv, { instanceId, taskArn }: Place): boolean =>
  (instanceId !== undefined || !(hasInstance(env) || env.MUSTER_INSTANCE_FILE !== undefined)) &&
  (taskArn !== undefined || env.ECS_CONTAINER_METADATA_URI_V4 === undefined);

/**
 * Asks for the place of this process until all is known that a task can know, `placeTries` times at most: a machine that just
 * boots answers late. Tells `found` what is known, each time that it is more, and `looked` when a look is over (the first within `placeMs`);
 * ends quietly when the signal aborts.
 */
export async function findPlace(
  env: PlaceEnv,
  parts: PlaceParts & { found(place: Place): void; looked?(): void },
  signal: AbortSignal,
): Promise<void> {
  let known: Place = {};
  for (let tries = 0; tries < limits.placeTries && !signal.aborted; tries++) {
    known = { ...known, ...(await readPlace(env, parts)) };
    if (Object.keys(known).length > 0) parts.found(known);
    parts.looked?.();
    if (isWhole(env, known)) return;
    await parts.clock.sleep(limits.placeAgainMs, signal);
  }
}
