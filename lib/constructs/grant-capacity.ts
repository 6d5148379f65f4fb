/** What whoever scales the pools may do, and to what. */
import { Grant, type IRole } from "aws-cdk-lib/aws-iam";
import { arnOf, type Names } from "../config/names.ts";
import { accept, acceptWildcards } from "./accept.ts";

/** Services and groups by name; the id within the ARN of a group is made by the service. */
const serviceArn = ({ cluster }: Names, name: string): string => arnOf("ecs", `service/${cluster}/${name}`);
export const groupArn = (name: string): string =>
  arnOf("autoscaling", `autoScalingGroup:*:autoScalingGroupName/${name}`);

/**
 * Size the groups and services of this fleet and end machines of its groups. Describing groups cannot be limited to some
 * (the service defines no resource for it); it changes nothing.
 */
export function grantCapacity(grantee: IRole, names: Names): void {
  const { pools } = names;
  const groups = [groupArn(pools.spot), groupArn(pools["on-demand"])];
  const allow = (actions: string[], resourceArns: string[]) => Grant.addToPrincipal({ grantee, actions, resourceArns });
  allow(
    [
      "autoscaling:SetDesiredCapacity",
      "autoscaling:LaunchInstances",
      "autoscaling:SetInstanceProtection",
      "autoscaling:TerminateInstanceInAutoScalingGroup",
    ],
    groups,
  );
  acceptWildcards(
    grantee,
    groups,
    "The id within the ARN of a group is made by the service; the name after it is ours.",
  );
  accept(grantee, { "IAM5[Resource::*]": "Describing groups names no resource; it changes nothing. X-Ray neither." });
  // A launch that answers at once asks EC2 in the caller's name; where that is refused the group is told a number. A fleet is made of
  // what the caller may start besides, which is nothing.
  const fleets = [arnOf("ec2", "fleet/*"), arnOf("ec2", "launch-template/*")];
  allow(["ec2:CreateFleet"], fleets);
  acceptWildcards(
    grantee,
    fleets,
    "Both are named by the service; without a right to start machines a fleet starts none.",
  );
  allow(["autoscaling:DescribeAutoScalingGroups", "ec2:DescribeLaunchTemplateVersions"], ["*"]);
  allow(
    ["ecs:UpdateService", "ecs:DescribeServices"],
    [serviceArn(names, pools["fargate-spot"]), serviceArn(names, pools.fargate)],
  );
  // A service chooses by itself which task to end; a drained one is ended by its own name.
  const tasks = arnOf("ecs", `task/${names.cluster}/*`);
  acceptWildcards(grantee, [tasks], "Tasks are named by the service; they are those of this cluster.");
  allow(["ecs:DescribeTasks", "ecs:StopTask"], [tasks]);
  // Listing the tasks of a service names no resource, but its cluster.
  const conditions = { ArnEquals: { "ecs:cluster": arnOf("ecs", `cluster/${names.cluster}`) } };
  Grant.addToPrincipal({ grantee, actions: ["ecs:ListTasks"], resourceArns: ["*"], conditions });
}
