/** A Lambda function from an entry of `services`: bundled here, arm64, Node 24, with a log whose lines expire. */
import type { Duration } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { bundleOnce } from "../bundling/bundle.ts";
import { accept } from "./accept.ts";
import { ServiceLog, type ServiceLogProps } from "./service-log.ts";

/** Which entry, and how it runs. */
export type ServiceFunctionProps = {
  readonly description: string;
  /** Given where another stack knows it by its name. */
  readonly name?: string;
  /** Path below `services`, such as `api/handler.ts`. */
  readonly entry: string;
  readonly handler: string;
  readonly agents: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  readonly memoryMiB: number;
  /** Most that run at once; absent: what the account has left. */
  readonly concurrency?: number | undefined;
  /** What Lambda does itself with an event that nobody waits for: how often it tries again after a failure, and how long it keeps it. */
  readonly retries?: { readonly attempts: number; readonly forAtMost: Duration };
};

/** Its role may write its own log and trace, and nothing else until it is granted. */
export class ServiceFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps & ServiceLogProps) {
    super(scope, id);
    const { logGroup } = new ServiceLog(this, "Log", props);
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    accept(role, { "IAM5[Resource::*]": "Sending traces to X-Ray names no resource." });
    this.role = role;
    logGroup.grantWrite(role);
    this.function = new LambdaFunction(this, "Function", {
      description: props.description,
      ...(props.name === undefined ? {} : { functionName: props.name }),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleOnce({ entries: [props.entry], agents: props.agents }).outdir),
      handler: `${props.entry.replace(/\.ts$/, "")}.${props.handler}`,
      environment: { ...props.environment },
      timeout: props.timeout,
      memorySize: props.memoryMiB,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      ...(props.concurrency === undefined ? {} : { reservedConcurrentExecutions: props.concurrency }),
      ...(props.retries === undefined
        ? {}
        : { retryAttempts: props.retries.attempts, maxEventAge: props.retries.forAtMost }),
    });
  }
}
