import type { Place } from "../../contract/fleet.ts";

/** Looks for the place of this process until all is known, or it gives up; tells what is known each time that it is more. */
type Find = (found: (place: Place) => void) => Promise<void>;

/** The id of the machine as soon as `find` tells of it; undefined when it ends without, as off machines of EC2. */
export async function instanceIdOf(find: Find): Promise<Place["instanceId"]> {
  const { promise, resolve } = Promise.withResolvers<Place["instanceId"]>();
  const found = ({ instanceId }: Place): void => {
    if (instanceId !== undefined) resolve(instanceId);
  };
  find(found).then(() => resolve(undefined));
  return promise;
}
