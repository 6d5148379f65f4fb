/** What decides: the controller, and the function that hears of machines and tasks. */
import { Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { limits } from "../../services/contract/limits.ts";
import type { Deployment } from "../config/deployment.ts";
import type { Names } from "../config/names.ts";
import { accept } from "../constructs/accept.ts";
import { capacitySettings, controllerEnvironment } from "../constructs/controller-environment.ts";
import { FleetRules } from "../constructs/fleet-rules.ts";
import { grantCapacity } from "../constructs/grant-capacity.ts";
import { ServiceFunction } from "../constructs/service-function.ts";
import type { StateStack } from "./state.ts";

/** The fleet to control, and the state that it works on. */
export type ControlStackProps = StackProps & {
  readonly deployment: Deployment;
  readonly state: StateStack;
  readonly names: Names;
};

/**
 * It loops for nearly a minute and is called once a minute; the next one takes over while it ends. A decision that begins with the end of the
 * shift may still look, act and keep, each to its bound, before the lease is given back and the metrics are written.
 */
const LOOP = Duration.millis(limits.shiftMs + limits.poolLookMs + limits.poolActMs + 2 * limits.storeCallMs);
const TWO_AT_ONCE = 2;

export class ControlStack extends Stack {
  readonly controller: ServiceFunction;
  readonly events: ServiceFunction;

  constructor(scope: Construct, id: string, { deployment, state, names, ...props }: ControlStackProps) {
    super(scope, id, props);
    const { profile } = deployment;
    // A new account may have so few executions that none can be reserved.
    const concurrency = profile === "trial" ? undefined : TWO_AT_ONCE;
    this.controller = new ServiceFunction(this, "Controller", {
      ...{ entry: "controller/handler.ts", handler: "handler", agents: false, memoryMiB: 256 },
      ...{ deployment, log: "controller" },
      name: names.controller,
      description: "Muster: watches workers, moves runs of dead ones, scales the pools",
      environment: controllerEnvironment({ deployment, state, names }),
      timeout: LOOP,
      concurrency,
      // A shift that fails, or that finds no room, is not made up for: the next one is never far.
      retries: { attempts: 0, forAtMost: Duration.minutes(1) },
    });
    const { function: controller } = this.controller;
    state.grantUse(controller);
    state.queues.grantSend(controller);
    state.queues.grantMeasure(controller);
    state.queues.grantDeadLetters(controller);
    grantCapacity(this.controller.role, names);
    new Rule(this, "EveryMinute", {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(controller, { retryAttempts: 0 })],
    });
    this.events = new ServiceFunction(this, "Events", {
      ...{ entry: "controller/events/handler.ts", handler: "handler", agents: false, memoryMiB: 256 },
      ...{ deployment, log: "events" },
      description: "Muster: drains workers whose machine or task is going",
      environment: {
        ...state.stateEnv,
        MUSTER_INSTALLATION: deployment.name,
        MUSTER_CAPACITY: capacitySettings({ deployment, names }),
      },
      timeout: Duration.seconds(60),
    });
    state.grantUse(this.events.function);
    state.queues.grantSend(this.events.function);
    const undelivered = new Queue(this, "Undelivered", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(undelivered, { SQS3: "It is a dead letter queue: of the rules." });
    new FleetRules(this, "Rules", {
      names,
      target: this.events.function,
      undelivered,
    });
  }
}
