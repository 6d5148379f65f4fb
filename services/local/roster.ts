/** The programs of the twin: entry, environment and what to load ahead of each role. */
import type { CapacityPolicyInput } from "../contract/capacity-policy.ts";
import type { Lane } from "../contract/ids.ts";
import { deadLetterUrl, queueNames } from "../contract/queues.ts";
import { generousRateLimit, type RateLimit } from "../contract/rate.ts";
import { bounds } from "./bounds.ts";
import type { ChildSpec } from "./child.ts";
import { childEnvironment, workerEnvironment } from "./child-environment.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Endpoints } from "./events.ts";
import type { Flags } from "./flags.ts";
import type { Environment, StandIns } from "./stand-ins.ts";

/** Free ports that were chosen for what is embedded. */
export type Ports = {
  readonly api: number;
  readonly dynamodb: number;
  readonly queue: number;
  readonly claude: number;
};

/** All that the roster depends on. */
export type Plan = {
  readonly env: Environment;
  readonly flags: Flags;
  readonly folder: DataFolder;
  readonly standIns: StandIns;
  readonly ports: Ports;
};

const REGION = "us-east-1";
/** Keys for servers that check none; never those of an account. */
export const embeddedAccess = { accessKeyId: "embedded", secretAccessKey: "embedded" } as const;
const EMBEDDED_KEYS = {
  AWS_ACCESS_KEY_ID: embeddedAccess.accessKeyId,
  AWS_SECRET_ACCESS_KEY: embeddedAccess.secretAccessKey,
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
};
/** No machine here announces its end; a test that plays one names its own endpoint. */
const NO_METADATA = { AWS_EC2_METADATA_DISABLED: "true" };
const ACCOUNT = "000000000000";

const here = (path: string): URL => new URL(path, import.meta.url);
const local = (port: number): string => `http://127.0.0.1:${port}`;

/** Where everything is, for people and programs. */
export function endpoints({ standIns, ports, env }: Plan): Endpoints {
  const { aws, claude } = standIns;
  const at = (service: string, port: number): string => {
    if (aws.kind === "embedded") return local(port);
    const own = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`];
    if (own) return own;
    return aws.kind === "endpoint" ? aws.url : `https://${service}.${env.AWS_REGION ?? REGION}.amazonaws.com`;
  };
  return {
    dynamodb: at("dynamodb", ports.dynamodb),
    sqs: at("sqs", ports.queue),
    s3: at("s3", ports.queue),
    claude: claude.kind === "stub" ? local(ports.claude) : (claude.baseUrl ?? "https://api.anthropic.com"),
  };
}

/** Addresses of the queues in the embedded server, known before it runs. */
export const embeddedQueues = ({ ports }: Plan): Record<Lane, string> => ({
  high: `${local(ports.queue)}/${ACCOUNT}/${queueNames.high.name}`,
  normal: `${local(ports.queue)}/${ACCOUNT}/${queueNames.normal.name}`,
  low: `${local(ports.queue)}/${ACCOUNT}/${queueNames.low.name}`,
});

/** What every program may have of the user's environment; the secrets of Claude only a worker gets. */
const base = ({ env, standIns }: Plan): Environment => childEnvironment(env, standIns.aws.kind !== "embedded");

/** What every program needs to reach the table, the bucket and the queues. */
export function awsEnv(plan: Plan, queues: Record<Lane, string>): Environment {
  const { env, standIns } = plan;
  const at = endpoints(plan);
  const urls =
    standIns.aws.kind === "account"
      ? {}
      : { AWS_ENDPOINT_URL_DYNAMODB: at.dynamodb, AWS_ENDPOINT_URL_SQS: at.sqs, AWS_ENDPOINT_URL_S3: at.s3 };
  return {
    ...base(plan),
    ...(standIns.aws.kind === "embedded" ? EMBEDDED_KEYS : {}),
    ...urls,
    AWS_REGION: env.AWS_REGION ?? REGION,
    MUSTER_TABLE: env.MUSTER_TABLE ?? "muster",
    MUSTER_BUCKET: env.MUSTER_BUCKET ?? "muster-data",
    MUSTER_QUEUE_HIGH: queues.high,
    MUSTER_QUEUE_NORMAL: queues.normal,
    MUSTER_QUEUE_LOW: queues.low,
    MUSTER_DEAD_HIGH: deadLetterUrl("high", queues.high),
    MUSTER_DEAD_NORMAL: deadLetterUrl("normal", queues.normal),
    MUSTER_DEAD_LOW: deadLetterUrl("low", queues.low),
    MUSTER_METRICS_MS: env.MUSTER_METRICS_MS ?? String(bounds.metricsMs),
  };
}

/**
 * The limiter keeps the limits that the stand-in was given; one without limits (the default) gets a limiter that nothing here
 * reaches. For Claude itself the defaults hold, or what the environment says.
 */
function rateEnv({ env, standIns, flags }: Plan): Environment {
  const given: Partial<RateLimit> = {
    ...numberOf("requestsPerMinute", flags.stub.STUB_RPM),
    ...numberOf("inputTokensPerMinute", flags.stub.STUB_ITPM),
    ...numberOf("outputTokensPerMinute", flags.stub.STUB_OTPM),
  };
  if (env.MUSTER_RATE_LIMITS || standIns.claude.kind !== "stub") return {};
  const seconds = Number(flags.stub.STUB_BURST_SECONDS ?? BURST_SECONDS);
  const burst = given.requestsPerMinute === undefined ? {} : { burstSize: burstOf(given.requestsPerMinute, seconds) };
  return {
    MUSTER_RATE_LIMITS: JSON.stringify({ "*": { ...generousRateLimit, ...given, ...burst } }),
    MUSTER_RATE_RAMP_MS: env.MUSTER_RATE_RAMP_MS ?? "0",
  };
}

/** Batches of the stand-in take seconds, not an hour. */
const batchEnv = ({ env, standIns }: Plan): Environment =>
  standIns.claude.kind !== "stub"
    ? {}
    : {
        MUSTER_BATCH_COLLECT_MS: env.MUSTER_BATCH_COLLECT_MS ?? String(bounds.batchCollectMs),
        MUSTER_BATCH_POLL_MS: env.MUSTER_BATCH_POLL_MS ?? String(bounds.batchPollMs),
      };

/** Seconds of the rate that the limiter lets start at once: below what servers allow, so that jitter on the way is harmless. */
const BURST_SECONDS = 10;

const burstOf = (requestsPerMinute: number, seconds: number): number =>
  Math.max(1, Math.floor((requestsPerMinute * Math.min(BURST_SECONDS, seconds * 0.9)) / 60));

const numberOf = (field: keyof RateLimit, text: string | undefined): Partial<RateLimit> =>
  text === undefined ? {} : { [field]: Math.min(Number(text), generousRateLimit[field]) };

/** Stand-ins that run as children; they start at once. */
export function standInSpecs(plan: Plan): ChildSpec[] {
  const { standIns, ports, folder, flags } = plan;
  const env = base(plan);
  const emulator = (role: "dynamodb" | "queue"): ChildSpec => ({
    role,
    entry: here(`./${role}/main.ts`),
    args: ["--child"],
    env: {
      ...env,
      AWS_REGION: env.AWS_REGION ?? REGION,
      EMULATOR_PORT: String(ports[role]),
      EMULATOR_DATA: folder.at(role),
    },
  });
  const stub: ChildSpec = {
    role: "claude",
    entry: here("./claude-stub/main.ts"),
    env: { ...env, STUB_JOURNAL: folder.at("claude-journal.jsonl"), ...flags.stub, STUB_PORT: String(ports.claude) },
  };
  return [
    ...(standIns.aws.kind === "embedded" ? [emulator("dynamodb"), emulator("queue")] : []),
    ...(standIns.claude.kind === "stub" ? [stub] : []),
  ];
}

const AWS_MODULES = ["../adapters/aws/from-env.ts", "../adapters/system/event-log.ts"];

/** Whether the controller scales the workers of this twin. */
export const isScaled = ({ flags: { workers } }: Plan): boolean => workers.min < workers.max;

/** How the twin is scaled; `MUSTER_SCALING` of the environment replaces it. */
const localPolicy = ({ flags }: Plan): CapacityPolicyInput => ({
  pools: { local: { share: 1, slotsPerMachine: flags.slots, bootMs: bounds.bootMs } },
  scaleIn: { windowMs: bounds.quietMs, tolerance: 0.1, perMinute: 1, patienceMs: 15 * 60_000 },
});

/** A worker; it loads at once and starts when its gate opens. */
export function workerSpec(plan: Plan, queues: Record<Lane, string>): ChildSpec {
  const { standIns, flags } = plan;
  const env = { ...workerEnvironment(plan.env), ...awsEnv(plan, queues) };
  return {
    role: "worker",
    entry: here("../worker/main.ts"),
    warm: [...AWS_MODULES, "../adapters/model/anthropic.ts", "../worker/worker.ts"].map(here),
    env: {
      ...env,
      ...(standIns.aws.kind === "account" || env.AWS_EC2_METADATA_SERVICE_ENDPOINT ? {} : NO_METADATA),
      ...rateEnv(plan),
      ...batchEnv(plan),
      MUSTER_POOL: "local",
      MUSTER_SLOTS: String(flags.slots),
      MUSTER_RECEIVE_WAIT_MS: String(bounds.receiveWaitMs),
      MUSTER_VISIBILITY_MS: String(bounds.visibilityMs),
      ANTHROPIC_API_KEY: standIns.claude.kind === "api" ? standIns.claude.key : "stub",
      ANTHROPIC_BASE_URL: endpoints(plan).claude,
    },
  };
}

/** Muster's other programs; they load at once and start when their gate opens. */
export function programSpecs(plan: Plan, queues: Record<Lane, string>): ChildSpec[] {
  const { ports } = plan;
  const env = awsEnv(plan, queues);
  const scaling = {
    ...rateEnv(plan),
    MUSTER_SUPERVISED: "true",
    MUSTER_SCALING: plan.env.MUSTER_SCALING ?? JSON.stringify(localPolicy(plan)),
  };
  return [
    {
      role: "api",
      entry: here("../api/main.ts"),
      warm: [...AWS_MODULES, "../api/app.ts"].map(here),
      env: { ...env, ...rateEnv(plan), PORT: String(ports.api), HOST: "127.0.0.1" },
    },
    {
      role: "controller",
      entry: here("../controller/main.ts"),
      warm: [...AWS_MODULES, "../controller/controller.ts"].map(here),
      env: isScaled(plan) ? { ...env, ...scaling } : env,
    },
  ];
}
