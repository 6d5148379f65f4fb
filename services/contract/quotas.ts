/** Quotas of an AWS account that decide how large a fleet may become. */
import type { PoolKey } from "./profiles.ts";

/** AWS's names of quotas, by pool: virtual processors of running machines and tasks. */
export const poolQuotas = {
  spot: { service: "ec2", code: "L-34B43A08", text: "vCPUs of Spot machines (Standard families)" },
  onDemand: { service: "ec2", code: "L-1216C47A", text: "vCPUs of On-Demand machines (Standard families)" },
  fargateSpot: { service: "fargate", code: "L-36FBB829", text: "vCPUs of Fargate Spot" },
  fargate: { service: "fargate", code: "L-3032A538", text: "vCPUs of Fargate" },
} as const satisfies Readonly<Record<PoolKey, { service: string; code: string; text: string }>>;

/** Functions that run at once in the whole account; a new one may have as few as ten. */
export const functionQuota = { service: "lambda", code: "L-B99A9384", text: "functions at once" } as const;

/** vCPUs of one machine (c6g.2xlarge, which the capacity plans count in) and of one task. */
export const vcpusOf: Readonly<Record<PoolKey, number>> = { spot: 8, onDemand: 8, fargateSpot: 1, fargate: 1 };

/** Roles that AWS services make for themselves at first use. Without its right to make one, a first deployment fails. */
export const serviceRoles = [
  { name: "AWSServiceRoleForEC2Spot", service: "spot.amazonaws.com", text: "Spot machines" },
  { name: "AWSServiceRoleForECS", service: "ecs.amazonaws.com", text: "ECS" },
  { name: "AWSServiceRoleForAutoScaling", service: "autoscaling.amazonaws.com", text: "Auto Scaling" },
] as const;
