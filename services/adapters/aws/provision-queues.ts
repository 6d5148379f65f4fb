/** Makes the lanes' queues and their dead letter queues. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { Lane } from "../../contract/ids.ts";
import { queueNames, queueSettings } from "../../contract/queues.ts";
import { call, errorName } from "./call.ts";

const seconds = (ms: number): string => String(Math.ceil(ms / 1_000));

/** Makes what is missing, sets what differs, and gives the address of every lane's queue. */
export async function provisionQueues(sqs: SQSClient, suffix: string): Promise<Record<Lane, string>> {
  const [high, normal, low] = await Promise.all([
    provisionLane(sqs, "high", suffix),
    provisionLane(sqs, "normal", suffix),
    provisionLane(sqs, "low", suffix),
  ]);
  return { high, normal, low };
}

async function provisionLane(sqs: SQSClient, lane: Lane, suffix: string): Promise<string> {
  const { name, deadLetter } = queueNames[lane];
  const dead = await provisionQueue(sqs, `${deadLetter}${suffix}`, {
    MessageRetentionPeriod: seconds(queueSettings.deadLetterRetentionMs),
  });
  const asked = new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ["QueueArn"] });
  const { Attributes } = await call("GetQueueAttributes", sqs.send(asked));
  const deadLetterTargetArn = Attributes?.QueueArn;
  if (deadLetterTargetArn === undefined) throw new Error(`queue ${deadLetter}${suffix} has no ARN`);
  return provisionQueue(sqs, `${name}${suffix}`, {
    VisibilityTimeout: seconds(queueSettings.visibilityMs),
    MessageRetentionPeriod: seconds(queueSettings.retentionMs),
    ReceiveMessageWaitTimeSeconds: seconds(queueSettings.receiveWaitMs),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: queueSettings.maxReceiveCount }),
  });
}

/** Makes a queue, or sets the attributes of the one that is there with others. */
async function provisionQueue(sqs: SQSClient, name: string, attributes: Record<string, string>): Promise<string> {
  try {
    const answer = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
    return urlOf(name, answer.QueueUrl);
  } catch (cause) {
    const there = ["QueueNameExists", "QueueAlreadyExists"].includes(errorName(cause));
    if (!there) throw new Error(`CreateQueue ${name}: ${errorName(cause)}`, { cause });
  }
  const found = await call("GetQueueUrl", sqs.send(new GetQueueUrlCommand({ QueueName: name })));
  const url = urlOf(name, found.QueueUrl);
  await call("SetQueueAttributes", sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: attributes })));
  return url;
}

function urlOf(name: string, url: string | undefined): string {
  if (url === undefined) throw new Error(`queue ${name} has no address`);
  return url;
}
