/** What the queue's stand-in must do beyond the port's contract: keep its data, and notice clients that were killed. */
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { RunningEmulator } from "../../services/local/emulator/settings.ts";
import { startQueue } from "../../services/local/queue/server.ts";
import { eventually } from "../support/eventually.ts";

const dataDir = mkdtempSync(join(tmpdir(), "muster-queue-"));
const settings = { port: 0, dataDir, region: "us-east-1" };
const HIDDEN_S = 600;
let server: RunningEmulator;

beforeAll(async () => {
  server = await startQueue(settings);
});
afterAll(async () => {
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const headers = (action: string) => ({
  "x-amz-target": `AmazonSQS.${action}`,
  "content-type": "application/x-amz-json-1.0",
});

async function sqs(action: string, body: object): Promise<unknown> {
  const answer = await fetch(server.url, { method: "POST", headers: headers(action), body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return answer.json();
}

const received = z.object({ Messages: z.array(z.object({ Body: z.string(), ReceiptHandle: z.string() })).default([]) });

const receive = async (QueueUrl: string) => {
  const body = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0, VisibilityTimeout: HIDDEN_S };
  return received.parse(await sqs("ReceiveMessage", body)).Messages;
};

async function aQueue(name: string): Promise<string> {
  await sqs("CreateQueue", { QueueName: name });
  return `${server.url}/000000000000/${name}`;
}

test("a message that is given back comes again", async () => {
  const QueueUrl = await aQueue("given-back");
  await sqs("SendMessage", { QueueUrl, MessageBody: "one" });
  const [message] = await receive(QueueUrl);
  const Entries = [{ Id: "0", ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }];
  expect(await sqs("ChangeMessageVisibilityBatch", { QueueUrl, Entries })).not.toHaveProperty("Failed.0");
  expect((await receive(QueueUrl)).map((one) => one.Body)).toEqual(["one"]);
});

test("the long poll of a killed client hides nothing", async () => {
  const QueueUrl = await aQueue("gone");
  const poll = request(server.url, { method: "POST", headers: headers("ReceiveMessage") });
  poll.on("error", () => undefined);
  poll.end(JSON.stringify({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20, VisibilityTimeout: HIDDEN_S }));
  await new Promise((resolve) => poll.once("socket", (socket) => socket.once("connect", resolve)));
  // Each of these round trips begins after what the server is to have seen by then.
  await aQueue("after-poll");
  poll.destroy();
  await aQueue("after-end");
  await sqs("SendMessage", { QueueUrl, MessageBody: "two" });
  await eventually(async () => expect((await receive(QueueUrl)).map((one) => one.Body)).toEqual(["two"]));
});

test("what was in flight at the end of the server is visible at the next start", async () => {
  const QueueUrl = await aQueue("restarted");
  await sqs("SendMessage", { QueueUrl, MessageBody: "three" });
  expect(await receive(QueueUrl)).toHaveLength(1);
  expect(await receive(QueueUrl)).toHaveLength(0);
  await server.close();
  server = await startQueue(settings);
  const again = `${server.url}/000000000000/restarted`;
  expect((await receive(again)).map((one) => one.Body)).toEqual(["three"]);
});
