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
  allow(["autoscaling:DescribeAutoScalingGroups"], ["*"]);
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
