/** What capacity costs: dated lists, in USD as AWS publishes them. One table to change; `docs/capacity-planning.md` says how. us-east-1, Linux, arm64. */

/** A list: when it was read, and where. */
export type PriceSource = { readonly asOf: string; readonly source: string };

/** One type of machine: what it has, and its On-Demand price in USD an hour. */
export type MachinePrice = { readonly vcpu: number; readonly memoryGib: number; readonly onDemandUsdPerHour: number };

const type = (vcpu: number, memoryGib: number, onDemandUsdPerHour: number): MachinePrice => ({
  vcpu,
  memoryGib,
  onDemandUsdPerHour,
});

/** The nine types of the specification, and later generations beside them. */
export const machinePrices = {
  asOf: "2026-07-20",
  source: "AWS price list, as in Karpenter's zz_generated.pricing_aws.go (us-east-1); .4xlarge: twice .2xlarge",
  types: {
    "c6g.xlarge": type(4, 8, 0.136),
    "c6g.2xlarge": type(8, 16, 0.272),
    "c6g.4xlarge": type(16, 32, 0.544),
    "m6g.xlarge": type(4, 16, 0.154),
    "m6g.2xlarge": type(8, 32, 0.308),
    "m6g.4xlarge": type(16, 64, 0.616),
    "r6g.large": type(2, 16, 0.1008),
    "r6g.xlarge": type(4, 32, 0.2016),
    "r6g.2xlarge": type(8, 64, 0.4032),
    "c7g.2xlarge": type(8, 16, 0.29),
    "c8g.2xlarge": type(8, 16, 0.31904),
    "m7g.2xlarge": type(8, 32, 0.3264),
    "m8g.2xlarge": type(8, 32, 0.35904),
    "c9g.2xlarge": type(8, 16, 0.34776),
  },
} as const satisfies PriceSource & { readonly types: Readonly<Record<string, MachinePrice>> };
export type MachineType = keyof typeof machinePrices.types;

/** Fargate by vCPU and GiB, an hour. */
export const fargatePrices = {
  asOf: "2026-04-30",
  source: "vantage.sh and cloudburn.io (us-east-1, Linux/ARM)",
  usdPerVcpuHour: 0.03238,
  usdPerGibHour: 0.00356,
} as const satisfies PriceSource & Readonly<Record<string, unknown>>;

/**
 * Discounts on the On-Demand price. Spot prices move by zone and day and no list of them can be had offline: what is usual, to be set to what
 * an account sees.
 */
export const discounts = {
  asOf: "2026-11-20",
  source:
    "usual for Graviton in large Regions (Spot 55-70 %); AWS: Fargate Spot up to 70 %, Compute Savings Plans 30-40 %",
  spot: 0.6,
  fargateSpot: 0.65,
  savingsPlan: 0.35,
} as const satisfies PriceSource & Readonly<Record<string, unknown>>;

/** What a machine or task needs beside itself, in USD an hour: a public address, and for machines a 30 GiB disk. */
export const besidesPrices = {
  asOf: "2026-08-31",
  source: "AWS agent toolkit (public IPv4); AWS EBS price page (gp3, 0.08 USD a GiB and month)",
  publicAddressUsdPerHour: 0.005,
  diskUsdPerHour: (30 * 0.08) / 730,
} as const satisfies PriceSource & Readonly<Record<string, unknown>>;

/** Hours of a month, as AWS reckons. */
export const HOURS_PER_MONTH = 730;
