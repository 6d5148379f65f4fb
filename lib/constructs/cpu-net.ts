/** The safety net below all counting of slots: machines whose CPU is busy get company. */
import { CfnScalingPolicy } from "aws-cdk-lib/aws-autoscaling";
import { Construct } from "constructs";
import type { MachinePool } from "./machine-pool.ts";

/** The specification's threshold. Below 30 % the controller drains workers; CloudWatch never takes a machine away. */
const BUSY_PERCENT = 70;

/** Adds machines to a pool while their mean CPU is above 70 %. */
export class CpuNet extends Construct {
  constructor(scope: Construct, id: string, machines: MachinePool) {
    super(scope, id);
    new CfnScalingPolicy(this, "Busy", {
      autoScalingGroupName: machines.group.autoScalingGroupName,
      policyType: "TargetTrackingScaling",
      targetTrackingConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
        targetValue: BUSY_PERCENT,
        disableScaleIn: true,
      },
    });
  }
}
