/** The configuration of a deployment: what it accepts, what it refuses and how it says so. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { meaningOfKeys } from "../../../lib/config/asked-scaling.ts";
import { type DeploymentFile, deploymentFile, resolveDeployment } from "../../../lib/config/deployment.ts";
import { readDeployment } from "../../../lib/config/read-deployment.ts";
import { profiles } from "../../../services/contract/profiles.ts";

const folder = mkdtempSync(join(tmpdir(), "muster-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const none = { config: undefined, name: undefined, profile: undefined, keeping: undefined };

function read(content: unknown, overrides: Partial<typeof none | Record<string, string>> = {}) {
  const config = join(folder, "muster.config.json");
  writeFileSync(config, typeof content === "string" ? content : JSON.stringify(content));
  return readDeployment({ ...none, ...overrides, config });
}

const ownNetwork: NonNullable<DeploymentFile["network"]> = {
  kind: "own",
  vpcId: "vpc-0123456789abcdef0",
  availabilityZones: ["us-east-1a", "us-east-1b"],
  subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  publicAddresses: false,
};

/** The example of the specification, key by key. */
const asked = {
  scaling: {
    maxAgents: 100,
    minAgents: 10,
    scaleUpThreshold: 80,
    scaleDownThreshold: 20,
    maxConcurrentJobs: 100,
    queueSize: 1000,
    rateLimiting: { requestsPerMinute: 300, burstSize: 50 },
  },
};

describe("profiles", () => {
  test.each([
    ["trial", { spot: 6, onDemand: 2, fargateSpot: 1, fargate: 1 }, 0],
    ["standard", { spot: 40, onDemand: 20, fargateSpot: 20, fargate: 20 }, 10],
    ["large", { spot: 120, onDemand: 40, fargateSpot: 100, fargate: 50 }, 20],
    ["surge", { spot: 200, onDemand: 50, fargateSpot: 200, fargate: 200 }, 30],
  ] as const)("%s has the machines of its capacity plan", (profile, most, floor) => {
    const { pools } = resolveDeployment({ profile });
    expect(Object.fromEntries(Object.entries(pools).map(([pool, { max }]) => [pool, max]))).toEqual(most);
    expect(Object.values(pools).reduce((sum, { min }) => sum + min, 0)).toBe(floor);
  });

  test("the default is one in which nothing runs while idle, and at most ten workers", () => {
    const { profile, pools } = resolveDeployment({});
    expect(profile).toBe("trial");
    expect(Object.values(pools).every(({ min }) => min === 0)).toBe(true);
    expect(Object.values(pools).reduce((sum, { max }) => sum + max, 0)).toBe(10);
  });

  test("pre-warming never asks for more than the pool may have, and is absent in a trial", () => {
    expect(resolveDeployment({}).prewarm).toBeUndefined();
    expect(resolveDeployment({ profile: "surge" }).prewarm).toEqual({ weekdays: 50, daily: 20, timeZone: "UTC" });
    expect(resolveDeployment({ profile: "surge", prewarm: false }).prewarm).toBeUndefined();
    const small = resolveDeployment({ profile: "surge", pools: { spot: { max: 30 } } });
    expect(small.prewarm).toMatchObject({ weekdays: 30, daily: 20 });
  });
});

describe("the specification's configuration", () => {
  test("is accepted as it is", () => {
    const { scaling, claude } = read(asked);
    expect(scaling).toEqual(asked.scaling);
    expect(claude.rateLimits).toEqual({ "*": { requestsPerMinute: 300, burstSize: 50 } });
  });

  test("has a meaning for each of its keys", () => {
    const { rateLimiting, ...rest } = asked.scaling;
    const keys = [...Object.keys(rest), ...Object.keys(rateLimiting).map((key) => `rateLimiting.${key}`)];
    expect(Object.keys(meaningOfKeys).sort()).toEqual(keys.map((key) => `scaling.${key}`).sort());
  });

  test("does not outweigh limits of a class that are given too", () => {
    const claude = { rateLimits: { "*": { burstSize: 20 }, "claude-haiku-5-5": { requestsPerMinute: 1_000 } } };
    expect(read({ ...asked, claude }).claude.rateLimits).toEqual({
      "*": { requestsPerMinute: 300, burstSize: 20 },
      "claude-haiku-5-5": { requestsPerMinute: 1_000 },
    });
  });
});

describe("a mistake", () => {
  const mistakes: readonly (readonly [unknown, RegExp])[] = [
    ["{", /is not JSON/],
    [[], /the file: .*object/i],
    [{ profil: "trial" }, /profil/],
    [{ profile: "huge" }, /profile: .*trial/],
    [{ name: "My fleet" }, /name: lower-case/],
    [{ pools: { spot: { min: 5, max: 2 } } }, /pools\.spot\.min: 5 is above max \(2\)/],
    [{ pools: { spots: {} } }, /pools.*spots/s],
    [{ driver: "cloudwatch" }, /driver.*floor.*pools\.onDemand\.min to 1/],
    [{ profile: "surge", prewarm: { timeZone: "Mars/Base" } }, /prewarm\.timeZone: "Mars\/Base"/],
    [{ scaling: { minAgents: 5, maxAgents: 4 } }, /scaling\.minAgents: is above maxAgents/],
    [{ scaling: { scaleUpThreshold: 20, scaleDownThreshold: 20 } }, /scaling\.scaleDownThreshold: must be below/],
    [{ network: { kind: "own" } }, /network\.vpcId/],
    [{ network: { ...ownNetwork, availabilityZones: ["a", "b", "c"] } }, /network\.subnetIds: 2 for 3 zones; name one/],
    [{ alarms: { monthlyUsd: 100 } }, /alarms\.monthlyUsd: nobody .*alarms\.high/],
    [
      { api: { cloudFront: true, domain: { name: "a.example.com", certificateArn: "arn:aws:acm:eu-west-1:1:c/2" } } },
      /api\.domain\.certificateArn: .*us-east-1/,
    ],
    [{ claude: { headroom: 1 } }, /claude\.headroom/],
    [{ alarms: { high: ["nobody"] } }, /alarms\.high\.0/],
  ];
  test.each(mistakes)("%j is refused by name", (content, says) => {
    expect(() => read(content)).toThrow(says);
    expect(() => read(content)).toThrow(/muster\.config\.json/);
  });

  test("a file that is not there is refused when it was asked for", () => {
    expect(() => readDeployment({ ...none, config: join(folder, "none.json") })).toThrow(/no such file/);
  });
});

test("what -c says outweighs the file", () => {
  const { name, profile, keeping } = read({ profile: "large" }, { profile: "surge", name: "blue", keeping: "dispose" });
  expect({ name, profile, keeping }).toEqual({ name: "blue", profile: "surge", keeping: "dispose" });
});

test("a file that sets every key is whole", () => {
  const file: DeploymentFile = {
    profile: "small",
    network: ownNetwork,
    api: {
      waf: true,
      cloudFront: true,
      domain: { name: "api.example.com", certificateArn: "arn:aws:acm:us-east-1:1:c/2" },
    },
    alarms: { high: ["a@example.com"], monthlyUsd: 500 },
    logRetentionDays: 7,
  };
  expect(resolveDeployment(deploymentFile.parse(file))).toMatchObject(file);
});

test("every profile says what it is for", () => {
  for (const { about } of Object.values(profiles)) expect(about.length).toBeGreaterThan(10);
});
