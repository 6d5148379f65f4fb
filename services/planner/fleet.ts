/** The fleet that is planned for: its pools with their bounds, times, prices and risks. Every field has a default, and a file may set each. */
import { z } from "zod";
import { type CapacityPolicy, capacityPolicy, usualPools } from "../contract/capacity-policy.ts";
import { discounts, type MachineType, machinePrices } from "../contract/capacity-prices.ts";
import { limits } from "../contract/limits.ts";
import { type PoolSize, type Profile, type ProfileName, profiles } from "../contract/profiles.ts";
import { FARGATE_TASK, fargateUsdPerHour, machineUsdPerHour, slotsOf } from "./machine-cost.ts";

const count = z.int().nonnegative();
const ms = z.number().nonnegative();

/** Pools of a deployment on AWS, in the order in which tables show them. */
export const plannedPools = ["spot", "on-demand", "fargate-spot", "fargate"] as const;
export type PlannedPool = (typeof plannedPools)[number];

/**
 * A pool. `bootMs`: shortest and longest time from the launch to the first free slot, the image pull included. `launchBurst` and
 * `launchPerSecond`: how fast machines are handed out. `interruptedPerHour`: the part of its machines that is taken back in an hour.
 */
const poolPlan = z.strictObject({
  min: count,
  max: count,
  slotsPerMachine: z.int().positive(),
  usdPerHour: z.number().nonnegative(),
  bootMs: z.tuple([ms, ms]),
  launchBurst: z.int().positive(),
  launchPerSecond: z.number().positive(),
  interruptedPerHour: z.number().min(0).max(1),
});
export type PoolPlan = z.infer<typeof poolPlan>;

/** The Spot group has at least so many machines between two hours (UTC) of some days (0 is Sunday). */
const prewarmPlan = z.strictObject({
  machines: count,
  fromHour: z.number().min(0).max(24),
  untilHour: z.number().min(0).max(24),
  days: z.array(z.int().min(0).max(6)),
});
export type PrewarmPlan = z.infer<typeof prewarmPlan>;

const profileNames = Object.keys(profiles) as [ProfileName, ...ProfileName[]];
const typeNames = Object.keys(machinePrices.types) as [MachineType, ...MachineType[]];

/** What a fleet file may say; what it leaves out is as in its profile. */
export const fleetFile = z.strictObject({
  profile: z.enum(profileNames).default("surge"),
  pools: z.partialRecord(z.enum(plannedPools), poolPlan.partial()).default({}),
  prewarm: z.union([z.literal(false), z.array(prewarmPlan)]).optional(),
  machineType: z.enum(typeNames).default("c6g.2xlarge"),
  slotsPerVcpu: z.int().positive().default(limits.slotsPerVcpu),
  spotDiscount: z.number().min(0).max(0.95).default(discounts.spot),
  policy: capacityPolicy.prefault({}),
});
export type FleetFile = z.infer<typeof fleetFile>;

/** The fleet as the model plays it. `policy` lacks only its kind. */
export type FleetPlan = {
  readonly profile: ProfileName;
  readonly machineType: MachineType;
  readonly slotsPerVcpu: number;
  readonly spotDiscount: number;
  readonly pools: Readonly<Record<PlannedPool, PoolPlan>>;
  readonly prewarm: readonly PrewarmPlan[];
  readonly policy: CapacityPolicy;
};

/**
 * What is usual where nothing was measured: a baked image boots and joins in 45 to 75 s, a task starts in 30 to 45 s with its image pulled; one
 * Spot machine of a hundred is taken back in an hour. `docs/capacity-planning.md` has the sources.
 */
const MACHINES = { bootMs: [45_000, 75_000], launchBurst: 100, launchPerSecond: 20 } satisfies Partial<PoolPlan>;
const TASKS = { bootMs: [30_000, 45_000], launchBurst: 100, launchPerSecond: 8 } satisfies Partial<PoolPlan>;
const INTERRUPTED = { spot: 0.01, fargateSpot: 0.02 };

const WORKDAYS = [1, 2, 3, 4, 5];
const DAYS = [0, 1, 2, 3, 4, 5, 6];

/** The profile's pre-warming at the specification's hours (`nativeScaling`'s schedules, as spans). */
const prewarmOf = ({ prewarm }: Profile): PrewarmPlan[] =>
  prewarm === undefined
    ? []
    : [
        { machines: prewarm.weekdays, fromHour: 13, untilHour: 15, days: WORKDAYS },
        { machines: prewarm.daily, fromHour: 3, untilHour: 5, days: DAYS },
      ];

/** The policy, with machines of the size that the pools have. */
function policyOf(policy: CapacityPolicy, pools: FleetPlan["pools"]): CapacityPolicy {
  const sized = plannedPools.map((pool) => {
    const [shortest, longest] = pools[pool].bootMs;
    const { slotsPerMachine } = pools[pool];
    const usual = policy.pools[pool] ?? usualPools[pool];
    return [pool, { ...usual, slotsPerMachine, bootMs: Math.round((shortest + longest) / 2) }] as const;
  });
  return { ...policy, pools: Object.fromEntries(sized) };
}

/** A fleet from its file; an empty one is the largest profile as it is deployed. */
export function planFleet(file: FleetFile): FleetPlan {
  const profile: Profile = profiles[file.profile];
  const { machineType, slotsPerVcpu, spotDiscount } = file;
  const machine = { ...MACHINES, slotsPerMachine: slotsOf(machineType, slotsPerVcpu) };
  const task = { ...TASKS, slotsPerMachine: FARGATE_TASK.vcpu * slotsPerVcpu };
  const pool = (name: PlannedPool, { min, max }: PoolSize, rest: Omit<PoolPlan, "min" | "max">): PoolPlan =>
    poolPlan.parse({ min, max, ...rest, ...file.pools[name] });
  const { spot, onDemand, fargateSpot, fargate } = profile.pools;
  const pools = {
    spot: pool("spot", spot, {
      ...machine,
      usdPerHour: machineUsdPerHour(machineType, spotDiscount),
      interruptedPerHour: INTERRUPTED.spot,
    }),
    "on-demand": pool("on-demand", onDemand, {
      ...machine,
      usdPerHour: machineUsdPerHour(machineType, 0),
      interruptedPerHour: 0,
    }),
    "fargate-spot": pool("fargate-spot", fargateSpot, {
      ...task,
      usdPerHour: fargateUsdPerHour(discounts.fargateSpot),
      interruptedPerHour: INTERRUPTED.fargateSpot,
    }),
    fargate: pool("fargate", fargate, { ...task, usdPerHour: fargateUsdPerHour(0), interruptedPerHour: 0 }),
  };
  const prewarm = file.prewarm === false ? [] : (file.prewarm ?? prewarmOf(profile));
  return {
    profile: file.profile,
    machineType,
    slotsPerVcpu,
    spotDiscount,
    pools,
    prewarm,
    policy: policyOf(file.policy, pools),
  };
}
