/** A log group whose lines expire. */
import { RemovalPolicy } from "aws-cdk-lib";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Deployment } from "../config/deployment.ts";

/** Encrypted by CloudWatch; goes with its stack, because what must be kept is in the table. */
export class ServiceLog extends Construct {
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, { logRetentionDays }: Pick<Deployment, "logRetentionDays">) {
    super(scope, id);
    const retention: RetentionDays = logRetentionDays;
    this.logGroup = new LogGroup(this, "Lines", { retention, removalPolicy: RemovalPolicy.DESTROY });
  }
}
