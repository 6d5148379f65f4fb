/** Machines that are there before a known peak: the Spot group's minimum goes up, and down again. */
import { CfnScheduledAction } from "aws-cdk-lib/aws-autoscaling";
import { Construct } from "constructs";
import { prewarmSchedules } from "../../services/contract/native-scaling.ts";
import type { Deployment } from "../config/deployment.ts";
import type { MachinePool } from "./machine-pool.ts";

/** What is warmed up, and for which deployment. */
export type PrewarmProps = { readonly deployment: Deployment; readonly machines: MachinePool };

/** Only the minimum changes; the controller reads it as its floor and the number of machines stays its own. */
export class Prewarm extends Construct {
  constructor(scope: Construct, id: string, { deployment, machines }: PrewarmProps) {
    super(scope, id);
    const { prewarm, pools } = deployment;
    if (prewarm === undefined) return;
    for (const when of ["weekdays", "daily"] as const) {
      const minimum = { raise: Math.max(prewarm[when], pools.spot.min), lower: pools.spot.min };
      for (const way of ["raise", "lower"] as const) {
        new CfnScheduledAction(this, `${when}-${way}`, {
          autoScalingGroupName: machines.group.autoScalingGroupName,
          recurrence: prewarmSchedules[when][way],
          timeZone: prewarm.timeZone,
          minSize: minimum[way],
        });
      }
    }
  }
}
