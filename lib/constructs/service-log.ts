/** A log group whose lines expire. */
import { RemovalPolicy } from "aws-cdk-lib";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Deployment } from "../config/deployment.ts";
import { type LogName, logNameOf } from "../config/names.ts";

/** Whose log it is. */
export type ServiceLogProps = {
  readonly deployment: Pick<Deployment, "name" | "logRetentionDays">;
  readonly log: LogName;
};

/** Encrypted by CloudWatch; goes with its stack, because what must be kept is in the table. */
export class ServiceLog extends Construct {
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, { deployment, log }: ServiceLogProps) {
    super(scope, id);
    const retention: RetentionDays = deployment.logRetentionDays;
    const logGroupName = logNameOf(deployment.name, log);
    this.logGroup = new LogGroup(this, "Lines", { logGroupName, retention, removalPolicy: RemovalPolicy.DESTROY });
  }
}
