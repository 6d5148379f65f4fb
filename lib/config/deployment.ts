/** The configuration file of a deployment: one typed schema, checked at synthesis, resolved into what the stacks build. */
import { z } from "zod";
import { limits } from "../../services/contract/limits.ts";
import {
  type PoolKey,
  type PoolSize,
  type Profile,
  type ProfileName,
  poolKeys,
  profiles,
} from "../../services/contract/profiles.ts";
import { defaultRateLimit, type RateLimits, rateLimits } from "../../services/contract/rate.ts";
import { type AskedScaling, askedScaling } from "./asked-scaling.ts";

const count = z.int().nonnegative();
const positive = z.int().positive();
const address = z.email();

const poolSize = z.strictObject({ min: count.max(1_000), max: count.max(5_000) }).partial();

const network = z.discriminatedUnion("kind", [
  /** A network of its own, workers with public addresses and no inbound port: nothing to pay while idle. */
  z.strictObject({ kind: z.literal("public") }),
  /** A network of its own, workers behind one NAT gateway for each zone. */
  z.strictObject({ kind: z.literal("private") }),
  /** A network that exists. Its subnets must reach the internet; one for each of three zones. */
  z.strictObject({
    kind: z.literal("own"),
    vpcId: z.string().regex(/^vpc-[0-9a-f]{8,17}$/, "an id such as vpc-0123456789abcdef0"),
    availabilityZones: z.array(z.string().min(1)).min(2).max(6),
    subnetIds: z
      .array(z.string().regex(/^subnet-[0-9a-f]{8,17}$/, "an id such as subnet-0123456789abcdef0"))
      .min(2)
      .max(6),
    publicAddresses: z.boolean(),
  }),
]);
export type Network = z.infer<typeof network>;

/** `muster.config.json`. Everything may be left out; an unknown key is an error. */
export const deploymentFile = z.strictObject({
  $schema: z.string().optional(),
  /** Name of the installation, a prefix of everything it owns: several may live in one account. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, "lower-case letters, digits and dashes, at most 20, beginning with a letter")
    .optional(),
  profile: z.enum(Object.keys(profiles) as [ProfileName, ...ProfileName[]]).optional(),
  /** `dispose` is for trials: nothing outlives the stack. */
  keeping: z.enum(["keep", "dispose"]).optional(),
  pools: z.partialRecord(z.enum(poolKeys), poolSize).optional(),
  /** Machines of the Spot group before known peaks; `false`: none. Times are of `timeZone`. */
  prewarm: z
    .union([z.literal(false), z.strictObject({ weekdays: count, daily: count, timeZone: z.string().min(1) }).partial()])
    .optional(),
  /** Who scales: our controller (the native policies then only stand in for it), or CloudWatch alone. */
  driver: z.enum(["controller", "cloudwatch"]).optional(),
  network: network.optional(),
  worker: z
    .strictObject({
      /** An image built elsewhere; absent: built from this repository when it is deployed. */
      image: z.string().min(1),
      slotsPerVcpu: positive.max(1_000),
      /** A worker process for so many vCPU. */
      vcpuPerProcess: positive.max(16),
    })
    .partial()
    .optional(),
  claude: z
    .strictObject({
      /** Name of a secret that exists and holds the key; absent: an empty one is made. */
      secretName: z.string().min(1),
      workspace: z.string().regex(/^[\w-]{1,80}$/),
      rateLimits,
      /** Share of each limit that is left to other users of the account. */
      headroom: z.number().min(0).max(0.9),
    })
    .partial()
    .optional(),
  scaling: askedScaling.optional(),
  api: z
    .strictObject({
      waf: z.boolean(),
      cloudFront: z.boolean(),
      domain: z.strictObject({ name: z.string().min(1), certificateArn: z.string().startsWith("arn:") }),
    })
    .partial()
    .optional(),
  alarms: z
    .strictObject({
      /** Addresses that hear of alarms, by priority. */
      high: z.array(address).max(10),
      medium: z.array(address).max(10),
      low: z.array(address).max(10),
      /** Cost of the AWS account in a month at which the budget alarm goes off. */
      monthlyUsd: positive,
    })
    .partial()
    .optional(),
  /** Where spans of runs are sent: a collector of OpenTelemetry that workers and functions reach; and of which share of the runs. */
  tracing: z.strictObject({ endpoint: z.url(), share: z.number().min(0).max(1).default(1) }).optional(),
  logRetentionDays: z
    .union([z.literal(1), z.literal(7), z.literal(14), z.literal(30), z.literal(90), z.literal(365)])
    .optional(),
});
export type DeploymentFile = z.infer<typeof deploymentFile>;

/** What the stacks build. */
export type Deployment = {
  readonly name: string;
  readonly profile: ProfileName;
  readonly keeping: "keep" | "dispose";
  readonly pools: Readonly<Record<PoolKey, PoolSize>>;
  readonly prewarm: { readonly weekdays: number; readonly daily: number; readonly timeZone: string } | undefined;
  readonly driver: "controller" | "cloudwatch";
  readonly network: Network;
  readonly worker: {
    readonly image: string | undefined;
    readonly slotsPerVcpu: number;
    readonly vcpuPerProcess: number;
  };
  readonly claude: {
    readonly secretName: string | undefined;
    readonly workspace: string;
    readonly rateLimits: RateLimits;
    readonly headroom: number;
  };
  readonly scaling: AskedScaling;
  readonly api: {
    readonly waf: boolean;
    readonly cloudFront: boolean;
    readonly domain: { readonly name: string; readonly certificateArn: string } | undefined;
    readonly throttle: Profile["throttle"];
    readonly watchers: number | undefined;
  };
  readonly alarms: {
    readonly high: readonly string[];
    readonly medium: readonly string[];
    readonly low: readonly string[];
    readonly monthlyUsd: number | undefined;
  };
  readonly tracing: { readonly endpoint: string; readonly share: number } | undefined;
  readonly logRetentionDays: number;
};

/** Requests of the specification's `rateLimiting` are those of every class without limits of its own. */
function ratesOf({ rateLimiting }: AskedScaling, given: RateLimits = {}): RateLimits {
  if (rateLimiting === undefined) return given;
  const { requestsPerMinute = defaultRateLimit.requestsPerMinute, burstSize = defaultRateLimit.burstSize } =
    rateLimiting;
  return { ...given, "*": { requestsPerMinute, burstSize, ...given["*"] } };
}

function prewarmOf(profile: Profile, file: DeploymentFile, spotMax: number): Deployment["prewarm"] {
  if (file.prewarm === false || profile.prewarm === undefined) return undefined;
  const { weekdays = profile.prewarm.weekdays, daily = profile.prewarm.daily, timeZone = "UTC" } = file.prewarm ?? {};
  return { weekdays: Math.min(weekdays, spotMax), daily: Math.min(daily, spotMax), timeZone };
}

function poolsOf(profile: Profile, file: DeploymentFile): Deployment["pools"] {
  const size = (key: PoolKey): PoolSize => {
    const { min = profile.pools[key].min, max = profile.pools[key].max } = file.pools?.[key] ?? {};
    return { min, max };
  };
  return { spot: size("spot"), onDemand: size("onDemand"), fargateSpot: size("fargateSpot"), fargate: size("fargate") };
}

/** A file's settings over those of its profile; whether they go together is for `checkedDeployment`. */
export function resolveDeployment(file: DeploymentFile): Deployment {
  const profileName = file.profile ?? "trial";
  const profile: Profile = profiles[profileName];
  const pools = poolsOf(profile, file);
  const scaling = file.scaling ?? {};
  return {
    name: file.name ?? "muster",
    profile: profileName,
    keeping: file.keeping ?? "keep",
    pools,
    prewarm: prewarmOf(profile, file, pools.spot.max),
    driver: file.driver ?? "controller",
    network: file.network ?? { kind: "public" },
    worker: {
      image: file.worker?.image,
      slotsPerVcpu: file.worker?.slotsPerVcpu ?? limits.slotsPerVcpu,
      vcpuPerProcess: file.worker?.vcpuPerProcess ?? limits.vcpuPerProcess,
    },
    claude: {
      secretName: file.claude?.secretName,
      workspace: file.claude?.workspace ?? "default",
      rateLimits: ratesOf(scaling, file.claude?.rateLimits),
      headroom: file.claude?.headroom ?? 0,
    },
    scaling,
    api: {
      waf: file.api?.waf ?? false,
      cloudFront: file.api?.cloudFront ?? false,
      domain: file.api?.domain,
      throttle: profile.throttle,
      watchers: profile.watchers,
    },
    alarms: {
      high: file.alarms?.high ?? [],
      medium: file.alarms?.medium ?? [],
      low: file.alarms?.low ?? [],
      monthlyUsd: file.alarms?.monthlyUsd,
    },
    tracing: file.tracing,
    logRetentionDays: file.logRetentionDays ?? 30,
  };
}
