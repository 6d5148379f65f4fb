import type { WorkerItem } from "../contract/fleet.ts";

/** Whether a worker counts as living: nobody has buried it. */
export const isAlive = ({ buriedAtMs }: Pick<WorkerItem, "buriedAtMs">): boolean => buriedAtMs === undefined;
