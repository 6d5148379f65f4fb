/** One environment schema for each entry, used by the infrastructure and by the entry itself. */
import { z } from "zod";
import { capacityPolicy } from "./capacity-policy.ts";
import { pool } from "./ids.ts";
import { limits } from "./limits.ts";
import { platform } from "./platforms.ts";
import { poolSettings } from "./pool-settings.ts";
import { rateLimits } from "./rate.ts";
import { classModels, tenantPlans, usualRouting } from "./routing.ts";
import { savingsOff } from "./savings.ts";

const port = z.coerce.number().int().min(0).max(65_535);
const ms = z.coerce.number().int().positive();
/** A variable that holds JSON of a form. */
const json = <S extends z.ZodType>(schema: S) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);
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
  /** Queued runs of one tenant in one lane before its submits and redrives are refused (`limits.queuedMax` when absent). */
  MUSTER_QUEUE_SIZE: count.optional(),
  /** Name of the installation in CloudWatch; without it nothing is written for CloudWatch's metrics. */
  MUSTER_INSTALLATION: z.string().min(1).max(100).optional(),
  /** How often metrics are written (`limits.metricsEveryMs` when absent). */
  MUSTER_METRICS_MS: ms.optional(),
  /** Where spans of runs are sent, as OpenTelemetry names it; without it none is made. Headers are `key=value,...`. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  /** Share of the runs whose traces are told. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  /** Version of the code, reported by heartbeats. */
  MUSTER_VERSION: z.string().default("dev"),
});

export type AwsEnv = z.infer<typeof aws>;

/**
 * The rate limit that the fleet keeps. `MUSTER_RATE_LIMITS` is JSON by class, `*` for all others:
 * `{"*":{"requestsPerMinute":300,"burstSize":50}}`; fields that are left out are the defaults (`contract/rate.ts`).
 */
const rate = z.object({
  MUSTER_PLATFORM: platform.default("anthropic"),
  /** Where calls go while the breaker of the platform is open; absent: they wait. */
  MUSTER_FAILOVER_PLATFORM: platform.optional(),
  MUSTER_WORKSPACE: z
    .string()
    .regex(/^[\w-]{1,80}$/)
    .default("default"),
  MUSTER_RATE_LIMITS: json(rateLimits).default({}),
  /** Share of each limit that is left to other users of the account: 0 to 0.9. */
  MUSTER_RATE_HEADROOM: z.coerce.number().min(0).max(0.9).default(0),
  /** Time from a cold start to the full rate; 0: none. */
  MUSTER_RATE_RAMP_MS: z.coerce.number().int().nonnegative().default(limits.rampMs),
});
export type RateEnv = z.infer<typeof rate>;

/** Savings that are not wanted: `caching,memo`, or `all`. The same for the API and every worker. */
const savings = z.object({ MUSTER_SAVINGS_OFF: savingsOff.default([]) });

/** Batches of runs that may wait: how long turns are collected, and the first wait for a batch (`limits` when absent). */
const batches = z.object({ MUSTER_BATCH_COLLECT_MS: ms.optional(), MUSTER_BATCH_POLL_MS: ms.optional() });

/** Budgets in micro-USD until the operator sets others: of each tenant in a UTC day, of the fleet in a UTC hour; absent: none. */
const budgets = z.object({ MUSTER_TENANT_BUDGET: count.optional(), MUSTER_FLEET_BUDGET: count.optional() });

/**
 * Models of the classes where they are not the usual ones, and the highest class of a tenant, both JSON:
 * `{"standard":"claude-opus-5-5"}` and `{"*":"standard","acme":"hard"}`.
 */
const routing = z.object({
  MUSTER_MODELS: json(classModels).default(usualRouting.models),
  MUSTER_PLANS: json(tenantPlans).default({}),
});

export const apiEnv = aws.extend({
  ...routing.shape,
  ...budgets.shape,
  ...savings.shape,
  ...rate.shape,
  /** Streams and waits are another function's: callers are sent there. */
  MUSTER_WATCH_ELSEWHERE: z.stringbool().default(false),
  /** Where the controller's function is called when it rests and a submit finds no free slot; absent: it hears at its next shift. */
  MUSTER_WAKE_URL: z.url().optional(),
  PORT: port.optional(),
  HOST: z.string().default("127.0.0.1"),
});
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
  /** The Claude API. */
  ANTHROPIC_BASE_URL: z.url().optional(),
  /** The key itself, or the secret in AWS Secrets Manager that holds it: name or ARN. */
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  MUSTER_CLAUDE_SECRET: z.string().min(1).optional(),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: z.url().optional(),
  /** Claude Platform on AWS; without a key its calls are signed with the worker's own credentials. */
  ANTHROPIC_AWS_WORKSPACE_ID: z.string().min(1).optional(),
  ANTHROPIC_AWS_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_AWS_BASE_URL: z.url().optional(),
  /** Amazon Bedrock, likewise; the prefix makes its model ids: `anthropic.`, or `global.anthropic.`. */
  MUSTER_BEDROCK_MODEL_PREFIX: z.string().default("anthropic."),
  AWS_BEARER_TOKEN_BEDROCK: z.string().min(1).optional(),
  ANTHROPIC_BEDROCK_BASE_URL: z.url().optional(),
  ANTHROPIC_BEDROCK_MANTLE_BASE_URL: z.url().optional(),
  /** A file that holds the id of the machine, where the metadata service is out of reach. */
  MUSTER_INSTANCE_FILE: z.string().min(1).optional(),
  /** A supervisor shares the machine among several workers, and speaks for them. */
  MUSTER_SUPERVISED: z.stringbool().default(false),
  /** As the API has it: their prices must be known wherever they may be called. */
  MUSTER_MODELS: routing.shape.MUSTER_MODELS,
  ...batches.shape,
  ...rate.shape,
  ...savings.shape,
  ...budgets.shape,
});
export type WorkerEnv = z.infer<typeof workerEnv>;

/** The container on a machine: it starts worker processes by what it finds, and hands them its own environment. */
export const supervisorEnv = workerEnv.omit({ MUSTER_SLOTS: true }).extend({
  MUSTER_SLOTS_PER_VCPU: count.default(limits.slotsPerVcpu),
  MUSTER_VCPU_PER_PROCESS: count.default(limits.vcpuPerProcess),
  /** Who scales the fleet; CloudWatch only adds, so that idle machines end themselves. */
  MUSTER_DRIVER: z.enum(["controller", "cloudwatch"]).default("controller"),
  AWS_ENDPOINT_URL_AUTO_SCALING: z.url().optional(),
});
export type SupervisorEnv = z.infer<typeof supervisorEnv>;

export const controllerEnv = aws
  .required({ MUSTER_DEAD_HIGH: true, MUSTER_DEAD_NORMAL: true, MUSTER_DEAD_LOW: true })
  .extend({
    ...rate.shape,
    MUSTER_FLEET_BUDGET: budgets.shape.MUSTER_FLEET_BUDGET,
    /** How capacity is decided (`contract/capacity-policy.ts`), JSON; and whether the supervisor that started us keeps the workers. */
    MUSTER_SCALING: json(capacityPolicy).optional(),
    MUSTER_SUPERVISED: z.stringbool().default(false),
    /** The pools of a deployment (`contract/pool-settings.ts`), JSON; and who scales them: native policies may do it instead. */
    MUSTER_CAPACITY: json(poolSettings).optional(),
    MUSTER_DRIVER: z.enum(["controller", "cloudwatch"]).default("controller"),
  });
export type ControllerEnv = z.infer<typeof controllerEnv>;

/** The pools, by the names that AWS tells of them (`contract/pool-settings.ts`), JSON. */
export const fleetEventsEnv = aws.extend({ MUSTER_CAPACITY: json(poolSettings) });
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
