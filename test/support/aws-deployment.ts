/** A deployment of its own (table, bucket, queues on request) behind given addresses, and the adapters over it. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { DeleteTableCommand } from "@aws-sdk/client-dynamodb";
import { DeleteQueueCommand, ListQueuesCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { type AwsClientOptions, type AwsClients, awsClients } from "../../services/adapters/aws/clients.ts";
import { provision } from "../../services/adapters/aws/provision.ts";
import { provisionQueues } from "../../services/adapters/aws/provision-queues.ts";
import { sqsQueue } from "../../services/adapters/aws/queue.ts";
import { type AwsStores, awsStores } from "../../services/adapters/aws/stores.ts";
import { systemChance } from "../../services/adapters/system/chance.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import type { Clock } from "../../services/ports/clock.ts";
import type { QueueMade } from "../contract/queue.contract.ts";
import { aTimeMs } from "./builders.ts";

/** Where the services are. */
export type AwsAddresses = { readonly endpoints: NonNullable<AwsClientOptions["endpoints"]> };

export type AwsDeployment = {
  readonly clients: AwsClients;
  readonly stores: AwsStores;
  readonly table: string;
  readonly bucket: string;
  readonly clock: Clock;
  /** The answer of the next DynamoDB write is lost after it was applied; the SDK tries again. */
  loseAnswer(): void;
  /** The same for the client that sends once. */
  loseOnce(): void;
  /** A queue with three new lanes of its own. */
  newQueue(): Promise<QueueMade>;
  /** Takes everything away again. */
  dispose(): Promise<void>;
};

/** Waits on the machine's clock but tells the builders' fixed time, so that nothing of a test expires. */
const clock: Clock = { ...systemClock, nowMs: () => aTimeMs };

/** Makes a deployment through the same provisioner that the local twin uses. */
export async function awsDeployment({ endpoints }: AwsAddresses): Promise<AwsDeployment> {
  const name = `muster-test-${randomUUID().slice(0, 8)}`;
  const clients = awsClients({
    region: "us-east-1",
    endpoints,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxSockets: 50,
    now: () => new Date(systemClock.nowMs()),
  });
  const { dynamodb, sqs, s3 } = clients;
  const names = { table: name, bucket: name };
  await provision({ dynamo: dynamodb, sqs, s3, ...names, clock, queueSuffix: `-${name}` });
  const stores = awsStores({ dynamo: dynamodb, once: clients.once, s3, ...names, clock, chance: systemChance });
  return {
    clients,
    stores,
    ...names,
    clock,
    loseAnswer: answerLoser(clients.dynamodb),
    loseOnce: answerLoser(clients.once),
    newQueue: () => newQueue(clients, name),
    async dispose() {
      await Promise.all([
        dynamodb.send(new DeleteTableCommand({ TableName: name })),
        deleteQueues(clients, name),
        deleteBucket(clients, name),
      ]);
      clients.destroy();
    },
  };
}

function answerLoser(dynamodb: AwsClients["dynamodb"]): () => void {
  let lose = false;
  dynamodb.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      if (!lose) return answer;
      lose = false;
      throw Object.assign(new Error("the answer was lost"), { name: "TimeoutError" });
    },
    { step: "deserialize", name: "loseAnswer" },
  );
  return () => {
    lose = true;
  };
}

async function newQueue({ sqs }: AwsClients, name: string): Promise<QueueMade> {
  const urls = await provisionQueues(sqs, `-${name}-${randomUUID().slice(0, 8)}`);
  return {
    port: sqsQueue({ sqs, urls }),
    advance: (ms) => pause(ms),
    sendRaw: async (lane, body) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: urls[lane], MessageBody: body }));
    },
    dispose: async () => undefined,
  };
}

async function deleteQueues({ sqs }: AwsClients, name: string): Promise<void> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ MaxResults: 1_000 }));
  const ours = QueueUrls.filter((url) => url.includes(name));
  await Promise.all(ours.map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))));
}

async function deleteBucket({ s3 }: AwsClients, name: string): Promise<void> {
  const { DeleteBucketCommand, DeleteObjectCommand, ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  const client = await s3();
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: name }));
  for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket: name, Key }));
  await client.send(new DeleteBucketCommand({ Bucket: name }));
}
