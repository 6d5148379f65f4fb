/**
 * One process that makes the calls of our runs through the SDKs as they come, without any code of ours: the API's (one put a
 * run, a send for ten) or the worker's (receive for ten, a claim, per turn a model call, a share of a batched delta put and
 * a conditional update, a delete for ten). Prints one JSON line when it is done.
 */
import Anthropic from "@anthropic-ai/sdk";
import { BatchWriteItemCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

const [part = "", runsText = "0", turnsText = "0", dynamoUrl = "", queueUrl = "", claudeUrl = ""] =
  process.argv.slice(2);
const runs = Number(runsText);
const turns = Number(turnsText);
/** Calls in flight at a time, and runs that share a batch of deltas, as in our worker under this load. */
const PARALLEL = 64;
const TEN = 10;

const shared = { region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
const dynamo = new DynamoDBClient({ ...shared, endpoint: dynamoUrl });
const sqs = new SQSClient({ ...shared, endpoint: new URL(queueUrl).origin });
const claude = new Anthropic({ apiKey: "local", baseURL: claudeUrl, maxRetries: 0 });

const S = (text: string) => ({ S: text });
const N = (n: number) => ({ N: String(n) });
const head = (id: string) => ({ pk: S(`RUN#${id}`), sk: S("HEAD") });

async function eachOf<T>(items: readonly T[], parallel: number, one: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await one(item);
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}

const tens = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / TEN) }, (_, i) => items.slice(i * TEN, (i + 1) * TEN));

async function submit(): Promise<void> {
  const ids = Array.from({ length: runs }, (_, i) => `run_${String(i).padStart(26, "0")}`);
  await eachOf(tens(ids), PARALLEL / TEN, async (group) => {
    const put = async (id: string) => {
      const item = {
        ...head(id),
        tenantKey: S("local#1"),
        createdKey: S(`00000000000000#${id}`),
        holder: S("QUEUE#1"),
        dueAtMs: N(1),
        openShard: S("OPEN#1"),
        deadlineAtMs: N(1),
        state: S("QUEUED"),
        agent: S("rehearsal"),
        lane: S("normal"),
        epoch: N(1),
        turn: N(1),
        filling: S("x".repeat(500)),
      };
      const ConditionExpression = "attribute_not_exists(pk)";
      await dynamo.send(new PutItemCommand({ TableName: "muster", Item: item, ConditionExpression }));
    };
    await Promise.all(group.map(put));
    const Entries = group.map((id, i) => ({ Id: String(i), MessageBody: JSON.stringify({ v: 1, runId: id }) }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  });
}

const update = (id: string, turn: number, state: string) =>
  dynamo.send(
    new UpdateItemCommand({
      TableName: "muster",
      Key: head(id),
      ConditionExpression: "epoch = :epoch AND turn = :turn",
      UpdateExpression: "SET #state = :state, turn = :next, spent = :spent, holder = :holder",
      ExpressionAttributeNames: { "#state": "state" },
      ExpressionAttributeValues: {
        ":epoch": N(1),
        ":turn": N(turn),
        ":next": N(turn + 1),
        ":state": S(state),
        ":spent": N(turn),
        ":holder": S("w_1"),
      },
      ReturnValues: "ALL_NEW",
    }),
  );

async function call(turn: number): Promise<void> {
  const text = JSON.stringify({ rehearsal: { turns: 1, turnMs: 0, chunks: 1, outputTokens: 8 } });
  const stream = await claude.messages.create({
    model: "claude-haiku-5-5",
    max_tokens: 4_096,
    stream: true,
    messages: [{ role: "user", content: text + " ".repeat(turn) }],
  });
  for await (const _ of stream);
}

async function deltas(ids: readonly string[], turn: number): Promise<void> {
  const puts = ids.map((id) => ({
    PutRequest: { Item: { pk: S(`RUN#${id}`), sk: S(`TURN#${turn}`), text: S("x".repeat(600)) } },
  }));
  await dynamo.send(new BatchWriteItemCommand({ RequestItems: { muster: puts } }));
}

async function work(): Promise<void> {
  let done = 0;
  const lane = async () => {
    while (done < runs) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: TEN, WaitTimeSeconds: 1 }),
      );
      if (Messages.length === 0) continue;
      const ids = Messages.map((message) => String(JSON.parse(message.Body ?? "{}").runId));
      await Promise.all(ids.map((id) => update(id, 1, "RUNNING")));
      for (let turn = 1; turn <= turns; turn++) {
        await Promise.all(ids.map(() => call(turn)));
        await deltas(ids, turn);
        await Promise.all(ids.map((id) => update(id, turn + 1, turn === turns ? "SUCCEEDED" : "RUNNING")));
      }
      const Entries = Messages.map((message, i) => ({ Id: String(i), ReceiptHandle: message.ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      done += ids.length;
    }
  };
  await Promise.all(Array.from({ length: Math.ceil(PARALLEL / TEN) }, lane));
}

const startedAtMs = Date.now();
await (part === "submit" ? submit() : work());
const { user, system } = process.cpuUsage();
const line = { part, startedAtMs, endedAtMs: Date.now(), cpuMs: (user + system) / 1_000 };
process.stdout.write(`${JSON.stringify(line)}\n`);
process.exit(0);
