/** The API: two functions from one source, and the door in front of them. */
import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { limits } from "../../services/contract/limits.ts";
import { stackOutputs } from "../../services/contract/stacks.ts";
import type { Deployment } from "../config/deployment.ts";
import { arnOf, invokeUrl, type Names } from "../config/names.ts";
import { apiEnvironment } from "../constructs/api-environment.ts";
import { FrontDoor } from "../constructs/front-door.ts";
import { ServiceFunction } from "../constructs/service-function.ts";
import type { StateStack } from "./state.ts";

/** The API of a deployment, and the state that it works on. */
export type ApiStackProps = StackProps & {
  readonly deployment: Deployment;
  readonly state: StateStack;
  readonly names: Names;
};

/** Measured: half a vCPU answers a submit of 100 runs in about a second; memory is what buys CPU. */
const MEMORY_MIB = 1_024;
/** API Gateway gives up a whole answer after 29 s. */
const WHOLE = Duration.seconds(29);
/** A stream ends by itself a minute before API Gateway would cut it. */
const STREAM = Duration.millis(limits.streamMs + 30_000);

export class ApiStack extends Stack {
  readonly api: ServiceFunction;
  readonly watch: ServiceFunction;
  readonly door: FrontDoor;

  constructor(scope: Construct, id: string, { deployment, state, names, ...props }: ApiStackProps) {
    super(scope, id, props);
    const environment = apiEnvironment({ deployment, state });
    const shared = {
      entry: "api/handler.ts",
      agents: true,
      memoryMiB: MEMORY_MIB,
      deployment,
    };
    this.api = new ServiceFunction(this, "Api", {
      ...shared,
      log: "api",
      description: "Muster: whole answers of the API",
      handler: "handler",
      environment: { ...environment, MUSTER_WATCH_ELSEWHERE: "true", MUSTER_WAKE_URL: invokeUrl(names.controller) },
      timeout: WHOLE,
    });
    this.watch = new ServiceFunction(this, "Watch", {
      ...shared,
      log: "watch",
      description: "Muster: event streams and waits of the API",
      handler: "streaming",
      environment,
      timeout: STREAM,
      concurrency: deployment.api.watchers,
    });
    // A submit that finds no free slot wakes a controller that rests.
    this.api.role.addToPolicy(
      new PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: [arnOf("lambda", `function:${names.controller}`)],
      }),
    );
    for (const { function: entry } of [this.api, this.watch]) {
      state.grantUse(entry);
      state.queues.grantSend(entry);
      state.queues.grantMeasure(entry);
    }
    this.door = new FrontDoor(this, "Door", { deployment, api: this.api.function, watch: this.watch.function });
    const { url, installation, table, profile } = stackOutputs.Api;
    new CfnOutput(this, url, { value: this.door.url, description: "Address of the API" });
    new CfnOutput(this, installation, { value: deployment.name, description: "Name of the installation" });
    new CfnOutput(this, table, { value: state.stateEnv.MUSTER_TABLE, description: "Table of runs and keys" });
    new CfnOutput(this, profile, { value: deployment.profile, description: "Profile of its sizes" });
  }
}
