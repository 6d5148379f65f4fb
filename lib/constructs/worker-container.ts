/** The container that every pool runs: what it starts, how it is stopped, what it may write. */
import { Duration, Size } from "aws-cdk-lib";
import {
  AwsLogDriver,
  AwsLogDriverMode,
  type ContainerDefinition,
  type ContainerImage,
  type TaskDefinition,
  UlimitName,
} from "aws-cdk-lib/aws-ecs";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { Pool } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { accept } from "./accept.ts";

/** Open files of a container: a run holds a connection to Claude, and each poll one to SQS. */
const FILES_MAX = 65_536;
/** Longest wait after SIGTERM; for Fargate the template accepts more and the service does not. */
const FARGATE_STOP = Duration.millis(limits.fargateStopMs);
const MACHINE_STOP = Duration.millis(limits.machineStopMs);

/** What is the same for every pool. */
export type WorkerContainerProps = {
  readonly image: ContainerImage;
  readonly logGroup: ILogGroup;
  readonly environment: Readonly<Record<string, string>>;
};

type Memory = { readonly softMiB: number; readonly hardMiB?: number };

/** Adds the container of a pool to its task. */
export function addWorkerContainer(
  task: TaskDefinition,
  { image, logGroup, environment }: WorkerContainerProps,
  { pool, memory }: { readonly pool: Exclude<Pool, "local">; readonly memory: Memory },
): ContainerDefinition {
  const stopTimeout = pool.startsWith("fargate") ? FARGATE_STOP : MACHINE_STOP;
  accept(task, {
    ECS2: "Names of resources and settings; the one secret is named here and read by the worker itself.",
    "IAM5[Resource::*]": "`ecr:GetAuthorizationToken` of the execution role names no resource.",
  });
  return task.addContainer("worker", {
    image,
    essential: true,
    readonlyRootFilesystem: true,
    privileged: false,
    memoryReservationMiB: memory.softMiB,
    ...(memory.hardMiB === undefined ? {} : { memoryLimitMiB: memory.hardMiB }),
    ulimits: [{ name: UlimitName.NOFILE, softLimit: FILES_MAX, hardLimit: FILES_MAX }],
    stopTimeout,
    // Non-blocking drops lines when CloudWatch is slow; blocking would stop the runs instead.
    logging: new AwsLogDriver({
      streamPrefix: pool,
      logGroup,
      mode: AwsLogDriverMode.NON_BLOCKING,
      maxBufferSize: Size.mebibytes(8),
    }),
    environment: {
      ...environment,
      MUSTER_POOL: pool,
      MUSTER_STOP_TIMEOUT_MS: String(stopTimeout.toMilliseconds()),
    },
  });
}
