/** The queues that wake workers up: one for each lane, each with its dead letter queue. */
import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Queue, QueueEncryption, RedrivePermission } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type Lane, lanes } from "../../services/contract/ids.ts";
import { queueSettings } from "../../services/contract/queues.ts";
import { arnOf, type Names, queueUrl } from "../config/names.ts";
import type { EnvPart } from "./environment.ts";

/** A lane's queue and where its messages go when nobody can use them. */
export type LaneQueues = { readonly queue: Queue; readonly deadLetter: Queue };

const capital = (lane: Lane): string => lane.charAt(0).toUpperCase() + lane.slice(1);

/**
 * Standard queues, encrypted, reached over TLS only. They hold ids, never runs, so they go with their stack. A dead letter
 * is kept longer than a message, because it keeps the age that it came with.
 */
export class WakeQueues extends Construct {
  readonly lanes: Readonly<Record<Lane, LaneQueues>>;
  readonly env: EnvPart<"MUSTER_QUEUE_HIGH" | "MUSTER_QUEUE_NORMAL" | "MUSTER_QUEUE_LOW">;

  /** For the controller, together with `grantDeadLetters`. */
  readonly deadEnv: EnvPart<"MUSTER_DEAD_HIGH" | "MUSTER_DEAD_NORMAL" | "MUSTER_DEAD_LOW">;

  private readonly names: Names["queues"];

  constructor(scope: Construct, id: string, names: Names["queues"]) {
    super(scope, id);
    this.names = names;
    this.lanes = { high: this.makeLane("high"), normal: this.makeLane("normal"), low: this.makeLane("low") };
    this.env = {
      MUSTER_QUEUE_HIGH: queueUrl(names.high.queue),
      MUSTER_QUEUE_NORMAL: queueUrl(names.normal.queue),
      MUSTER_QUEUE_LOW: queueUrl(names.low.queue),
    };
    this.deadEnv = {
      MUSTER_DEAD_HIGH: queueUrl(names.high.deadLetter),
      MUSTER_DEAD_NORMAL: queueUrl(names.normal.deadLetter),
      MUSTER_DEAD_LOW: queueUrl(names.low.deadLetter),
    };
  }

  /** Name of a lane's queue: text, so that a stack that watches it does not import from ours. */
  nameOf(lane: Lane): string {
    return this.names[lane].queue;
  }

  /** Lets an entry send wake-ups: whoever accepts, releases or re-queues runs. */
  grantSend(grantee: IGrantable): void {
    this.allow(grantee, "queue", ["sqs:SendMessage"]);
  }

  /** Lets an entry receive wake-ups, hold them and delete them: workers. */
  grantReceive(grantee: IGrantable): void {
    this.allow(grantee, "queue", ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]);
  }

  /** Lets an entry ask how many wake-ups wait: the controller. */
  grantMeasure(grantee: IGrantable): void {
    this.allow(grantee, "queue", ["sqs:GetQueueAttributes"]);
  }

  /** Lets an entry empty the dead letter queues: the controller. */
  grantDeadLetters(grantee: IGrantable): void {
    this.allow(grantee, "deadLetter", ["sqs:ReceiveMessage", "sqs:DeleteMessage"]);
  }

  /** By name, so that the stacks of entries do not import from ours. */
  private allow(grantee: IGrantable, kind: "queue" | "deadLetter", actions: string[]): void {
    const resourceArns = lanes.map((lane) => arnOf("sqs", this.names[lane][kind]));
    Grant.addToPrincipal({ grantee, actions, resourceArns });
  }

  private makeLane(lane: Lane): LaneQueues {
    const { queue: name, deadLetter: deadName } = this.names[lane];
    const shared = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
    } as const;
    // By its name, not by its resource: queue and dead letter queue would wait for each other.
    const source = Queue.fromQueueArn(
      this,
      `${capital(lane)}Source`,
      Stack.of(this).formatArn({ service: "sqs", resource: name }),
    );
    const deadLetter = new Queue(this, `${capital(lane)}Dead`, {
      ...shared,
      queueName: deadName,
      retentionPeriod: Duration.millis(queueSettings.deadLetterRetentionMs),
      redriveAllowPolicy: { redrivePermission: RedrivePermission.BY_QUEUE, sourceQueues: [source] },
    });
    const queue = new Queue(this, capital(lane), {
      ...shared,
      queueName: name,
      visibilityTimeout: Duration.millis(queueSettings.visibilityMs),
      receiveMessageWaitTime: Duration.millis(queueSettings.receiveWaitMs),
      retentionPeriod: Duration.millis(queueSettings.retentionMs),
      deadLetterQueue: { queue: deadLetter, maxReceiveCount: queueSettings.maxReceiveCount },
    });
    return { queue, deadLetter };
  }
}
