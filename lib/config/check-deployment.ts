/** What no schema sees: settings that are fine alone and cannot work together. Each error names the key and the fix. */

import { poolKeys } from "../../services/contract/profiles.ts";
import type { Deployment } from "./deployment.ts";

type Check = (deployment: Deployment) => string | undefined;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const poolBounds: Check = ({ pools }) => {
  const wrong = poolKeys.find((key) => pools[key].min > pools[key].max);
  if (wrong === undefined) return undefined;
  const { min, max } = pools[wrong];
  return `pools.${wrong}.min: ${min} is above max (${max}); lower it or raise max`;
};

const floor: Check = ({ driver, pools }) =>
  driver === "cloudwatch" && pools.spot.min + pools.onDemand.min < 1
    ? 'driver: "cloudwatch" needs a floor, because nothing else starts the first machine: set pools.onDemand.min to 1 or more'
    : undefined;

const timeZone: Check = ({ prewarm }) =>
  prewarm === undefined || isTimeZone(prewarm.timeZone)
    ? undefined
    : `prewarm.timeZone: "${prewarm.timeZone}" is no time zone; use a name such as Europe/Berlin`;

const zones: Check = ({ network }) =>
  network.kind === "own" && network.subnetIds.length !== network.availabilityZones.length
    ? `network.subnetIds: ${network.subnetIds.length} for ${network.availabilityZones.length} zones; name one subnet for each of network.availabilityZones, in their order`
    : undefined;

const addressees: Check = ({ alarms }) =>
  alarms.monthlyUsd !== undefined && alarms.high.length === 0
    ? "alarms.monthlyUsd: nobody would hear of it; put an address into alarms.high"
    : undefined;

const certificate: Check = ({ api: { cloudFront, domain } }) =>
  cloudFront && domain !== undefined && !domain.certificateArn.includes(":us-east-1:")
    ? "api.domain.certificateArn: CloudFront takes certificates of us-east-1 only; request one there, or set api.cloudFront to false"
    : undefined;

const checks: readonly Check[] = [poolBounds, floor, timeZone, zones, addressees, certificate];

/** The deployment itself; throws when it could not work. */
export function checkedDeployment(deployment: Deployment): Deployment {
  for (const check of checks) {
    const wrong = check(deployment);
    if (wrong !== undefined) throw new Error(wrong);
  }
  return deployment;
}
