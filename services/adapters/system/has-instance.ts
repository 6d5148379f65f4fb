import type { WorkerEnv } from "../../contract/env.ts";

/** The parts of a worker's environment that say whether it runs on an instance of EC2. */
export type InstanceEnv = Pick<
  WorkerEnv,
  "MUSTER_POOL" | "AWS_EC2_METADATA_SERVICE_ENDPOINT" | "AWS_EC2_METADATA_DISABLED"
>;

/** Only an instance has metadata; elsewhere it is asked when the environment names an endpoint. */
export const hasInstance = (env: InstanceEnv): boolean =>
  !env.AWS_EC2_METADATA_DISABLED &&
  (env.AWS_EC2_METADATA_SERVICE_ENDPOINT !== undefined ||
    env.MUSTER_POOL === "spot" ||
    env.MUSTER_POOL === "on-demand");
