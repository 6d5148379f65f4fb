/** One environment schema for each entry, used by the infrastructure and by the entry itself. */
import { z } from "zod";
import { pool } from "./ids.ts";

const port = z.coerce.number().int().min(0).max(65_535);
const ms = z.coerce.number().int().positive();
const count = z.coerce.number().int().positive();

/** What every entry needs to reach the store and the queues. An endpoint replaces AWS (LocalStack, embedded servers). */
const aws = z.object({
  AWS_REGION: z.string().min(1),
  AWS_ENDPOINT_URL_DYNAMODB: z.url().optional(),
  AWS_ENDPOINT_URL_SQS: z.url().optional(),
  AWS_ENDPOINT_URL_S3: z.url().optional(),
  AWS_ENDPOINT_URL: z.url().optional(),
  MUSTER_TABLE: z.string().min(1),
  MUSTER_BUCKET: z.string().min(1),
  MUSTER_QUEUE_HIGH: z.url(),
  MUSTER_QUEUE_NORMAL: z.url(),
  MUSTER_QUEUE_LOW: z.url(),
  /** Where messages go that nobody could use; only the controller reads them. */
  MUSTER_DEAD_HIGH: z.url().optional(),
  MUSTER_DEAD_NORMAL: z.url().optional(),
  MUSTER_DEAD_LOW: z.url().optional(),
  /** Queued runs of one tenant in one lane before its submits are refused (`limits.queuedMax` when absent). */
  MUSTER_QUEUE_SIZE: count.optional(),
  /** Version of the code, reported by heartbeats. */
  MUSTER_VERSION: z.string().default("dev"),
});

export type AwsEnv = z.infer<typeof aws>;

export const apiEnv = aws.extend({ PORT: port.optional(), HOST: z.string().default("127.0.0.1") });
export type ApiEnv = z.infer<typeof apiEnv>;

export const workerEnv = aws.extend({
  MUSTER_POOL: pool,
  MUSTER_SLOTS: count,
  /** Active runs of one tenant in the whole fleet, about; no cap when absent. The same for every worker. */
  MUSTER_TENANT_ACTIVE_MAX: count.optional(),
  /** Longest poll and visibility of a message; short on a laptop, the limits of `limits.ts` on AWS. */
  MUSTER_RECEIVE_WAIT_MS: ms.optional(),
  MUSTER_VISIBILITY_MS: ms.optional(),
  /** Time from SIGTERM to the kill: the container's stop timeout. */
  MUSTER_STOP_TIMEOUT_MS: ms.optional(),
  /** Set by whoever runs the container, or by a test: where stops are announced (names that the SDKs and ECS use). */
  AWS_EC2_METADATA_SERVICE_ENDPOINT: z.url().optional(),
  AWS_EC2_METADATA_DISABLED: z.stringbool().default(false),
  ECS_CONTAINER_METADATA_URI_V4: z.url().optional(),
  ECS_AGENT_URI: z.url().optional(),
  ANTHROPIC_BASE_URL: z.url().optional(),
  ANTHROPIC_API_KEY: z.string().min(1),
});
export type WorkerEnv = z.infer<typeof workerEnv>;

export const controllerEnv = aws.required({ MUSTER_DEAD_HIGH: true, MUSTER_DEAD_NORMAL: true, MUSTER_DEAD_LOW: true });
export type ControllerEnv = z.infer<typeof controllerEnv>;

export const fleetEventsEnv = aws;
export type FleetEventsEnv = z.infer<typeof fleetEventsEnv>;

/** The keys of a schema's environment, for the infrastructure: a missing one does not compile. */
export type EnvOf<S extends z.ZodType> = { readonly [K in keyof z.input<S>]: string };

/** Parses an environment; an empty variable counts as absent. The error names every variable that is missing or wrong. */
export function parseEnv<S extends z.ZodType>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): z.output<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`environment: ${wrong.join("; ")}`);
}
