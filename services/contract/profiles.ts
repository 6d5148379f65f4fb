/** Sizes of a fleet, ready to choose from: how many machines each pool may and must have. */

/** Bounds of one pool, in machines (EC2 instances or Fargate tasks). */
export type PoolSize = { readonly min: number; readonly max: number };

/** What a profile sets. Each can be set alone in the configuration. */
export type Profile = {
  readonly about: string;
  readonly pools: Readonly<Record<PoolKey, PoolSize>>;
  /** Machines that the Spot group has at least from these times on; absent: no pre-warming. */
  readonly prewarm?: { readonly weekdays: number; readonly daily: number };
  /** Requests a second that the front door lets through, and how many at once. */
  readonly throttle: { readonly ratePerSecond: number; readonly burst: number };
  /** Streams and waits open at once; above it callers are told to poll. Absent: what the account has left (a new one may have
   * so little that a reservation is refused). */
  readonly watchers?: number;
};

/** The pools as the configuration names them. */
export const poolKeys = ["spot", "onDemand", "fargateSpot", "fargate"] as const;
export type PoolKey = (typeof poolKeys)[number];

const PREWARM = { weekdays: 50, daily: 20 };

/**
 * Largest numbers of machines are those of the specification's capacity plans (1-2k: 20 Spot + 10 On-Demand; 5k: 80 + 20 + 50
 * Fargate Spot; 10k+: 150 + 30 + 200 Fargate), with room above the plan's Spot share as the specification's groups have it.
 */
export const profiles = {
  trial: {
    about: "to try it: nothing runs while nothing is queued, at most ten workers",
    pools: {
      spot: { min: 0, max: 6 },
      onDemand: { min: 0, max: 2 },
      fargateSpot: { min: 0, max: 1 },
      fargate: { min: 0, max: 1 },
    },
    throttle: { ratePerSecond: 50, burst: 100 },
  },
  small: {
    about: "100 agents at once",
    pools: {
      spot: { min: 0, max: 6 },
      onDemand: { min: 1, max: 2 },
      fargateSpot: { min: 0, max: 4 },
      fargate: { min: 0, max: 4 },
    },
    prewarm: { weekdays: 2, daily: 1 },
    throttle: { ratePerSecond: 100, burst: 200 },
    watchers: 50,
  },
  standard: {
    about: "1,000 to 2,000 agents at once",
    pools: {
      spot: { min: 0, max: 40 },
      onDemand: { min: 10, max: 20 },
      fargateSpot: { min: 0, max: 20 },
      fargate: { min: 0, max: 20 },
    },
    prewarm: { weekdays: 20, daily: 10 },
    throttle: { ratePerSecond: 200, burst: 400 },
    watchers: 100,
  },
  large: {
    about: "5,000 agents at once",
    pools: {
      spot: { min: 0, max: 120 },
      onDemand: { min: 20, max: 40 },
      fargateSpot: { min: 0, max: 100 },
      fargate: { min: 0, max: 50 },
    },
    prewarm: PREWARM,
    throttle: { ratePerSecond: 500, burst: 1_000 },
    watchers: 200,
  },
  surge: {
    about: "10,000 agents at once and more",
    pools: {
      spot: { min: 0, max: 200 },
      onDemand: { min: 30, max: 50 },
      fargateSpot: { min: 0, max: 200 },
      fargate: { min: 0, max: 200 },
    },
    prewarm: PREWARM,
    throttle: { ratePerSecond: 1_000, burst: 2_000 },
    watchers: 500,
  },
} as const satisfies Readonly<Record<string, Profile>>;

export type ProfileName = keyof typeof profiles;
