/**
 * The real programs (API, workers, controller as processes) over another endpoint's DynamoDB, SQS and S3: submit to result,
 * drain, crash, redrive, dead letter. Named after what it ran against. Without an endpoint `test/e2e` plays the same over the stand-ins.
 */
import { randomUUID } from "node:crypto";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toItem } from "../../services/adapters/aws/item.ts";
import { runView } from "../../services/contract/http.ts";
import { runId as runIds } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { wakeMessage } from "../../services/contract/messages.ts";
import { queueNames } from "../../services/contract/queues.ts";
import { keys } from "../../services/contract/tables.ts";
import {
  allSucceeded,
  aTwinFolder,
  call,
  completedCalls,
  type ReadyLine,
  START_MS,
  submit,
  type TwinProcess,
  until,
} from "../e2e/local-twin-fixture.ts";
import { eventually } from "../support/eventually.ts";

const endpoint = process.env.AWS_ENDPOINT_URL ?? "";
/** Bounds, not measures: every call goes through LocalStack, one at a time. */
const TEST_MS = 300_000;
const withinMs = 120_000;
/** The first call of each service makes LocalStack start it. */
const READY_MS = 150_000;
const TURNS = 4;
/** Enough for the first call, too little for the one after it. */
const FIRST_CALL = 2_200;
const REHEARSAL = { turns: TURNS, turnMs: 700, chunks: 5, outputTokens: 20 };
/** Long enough that all are active when their worker goes. */
const SLOW = { ...REHEARSAL, turnMs: 4_000 };

describe.skipIf(endpoint === "")(
  `the programs over ${endpoint || "another endpoint (AWS_ENDPOINT_URL is not set)"}`,
  () => {
    const names = `muster-it-${randomUUID().slice(0, 8)}`;
    const folder = aTwinFolder({ AWS_ENDPOINT_URL: endpoint, MUSTER_TABLE: names, MUSTER_BUCKET: names });
    let twin: TwinProcess;
    let at: ReadyLine;

    beforeAll(async () => {
      twin = folder.start("--slots", "4", "--workers", "1");
      at = await twin.ready(READY_MS);
    }, READY_MS);
    afterAll(() => folder.dispose(), START_MS);

    /** The pid of the youngest worker. */
    const workerPid = (): number => {
      const pid = twin.events("worker.spawned").at(-1)?.pid;
      if (typeof pid !== "number") throw new Error("there is a worker");
      return pid;
    };

    test("submit to result: every turn once", { timeout: TEST_MS }, async () => {
      const ids = await submit(at, 6, REHEARSAL);
      const runs = await until(at, ids, { done: allSucceeded, withinMs });
      for (const run of runs) expect(run).toMatchObject({ turns: TURNS, interruptions: 0, turnsInDoubt: 0 });
      expect(await completedCalls(at, ids)).toEqual(ids.map(() => Array(TURNS).fill(1)));
    });

    test("a worker that is asked to leave hands its runs on; no turn is in doubt", { timeout: TEST_MS }, async () => {
      const ids = await submit(at, 4, SLOW);
      await until(at, ids, { done: (runs) => runs.every(({ state }) => state === "RUNNING"), withinMs });
      process.kill(workerPid(), "SIGTERM");
      const runs = await until(at, ids, { done: allSucceeded, withinMs });
      for (const run of runs) expect(run).toMatchObject({ turns: TURNS, turnsInDoubt: 0 });
      expect(runs.some(({ interruptions }) => interruptions === 1)).toBe(true);
      expect(await completedCalls(at, ids)).toEqual(ids.map(() => Array(TURNS).fill(1)));
    });

    test("a worker that is killed loses no run; what it may have billed is told", { timeout: TEST_MS }, async () => {
      const ids = await submit(at, 4, SLOW);
      await until(at, ids, {
        done: (runs) => runs.every(({ state }) => state === "RUNNING") && runs.some(({ turns }) => turns >= 1),
        withinMs,
      });
      process.kill(workerPid(), "SIGKILL");
      const runs = await until(at, ids, { done: allSucceeded, withinMs });
      expect(runs.some(({ interruptions }) => interruptions === 1)).toBe(true);
      const completed = await completedCalls(at, ids);
      runs.forEach((run, i) => {
        expect(run.turns).toBe(TURNS);
        const billed = completed[i]?.reduce((sum, calls) => sum + calls, 0) ?? 0;
        expect(billed).toBeLessThanOrEqual(run.turns + run.turnsInDoubt);
      });
    });

    test("a run that its budget ended goes on after a redrive with more", { timeout: TEST_MS }, async () => {
      const poor = { agent: "rehearsal", input: REHEARSAL, budgetMicroUsd: FIRST_CALL };
      const { id } = runView.parse(await call(at, "/v1/runs", poor));
      await until(at, [id], { done: ([run]) => run?.state === "OVER_BUDGET", withinMs });
      await call(at, `/v1/runs/${id}/redrive`, { budgetMicroUsd: 1_000_000 });
      const [run] = await until(at, [id], { done: allSucceeded, withinMs });
      expect(run?.turns).toBe(TURNS);
    });

    test("a run that lost too many workers is dead; redriven, it goes on to its result", {
      timeout: TEST_MS,
    }, async () => {
      const [id] = await submit(at, 1, { ...REHEARSAL, turnMs: 15_000 });
      const runId = runIds.parse(id);
      await until(at, [runId], { done: ([run]) => run?.state === "RUNNING", withinMs });
      // As if this were the last of so many lost workers in a row: nobody waits for all of them.
      const dynamo = new DynamoDBClient({ endpoint, region: process.env.AWS_REGION ?? "us-east-1" });
      const worn = {
        TableName: names,
        Key: toItem(keys.head(runId)),
        UpdateExpression: "SET fruitless = :worn",
        ConditionExpression: "#state = :running",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: toItem({ ":worn": limits.interruptionsMax, ":running": "RUNNING" }),
      };
      await dynamo.send(new UpdateItemCommand(worn));
      dynamo.destroy();
      process.kill(workerPid(), "SIGKILL");
      const [dead] = await until(at, [runId], { done: ([run]) => run?.state === "DEAD", withinMs });
      expect(dead).toMatchObject({ reason: "too-many-interruptions", turns: 0 });
      await call(at, `/v1/runs/${runId}/redrive`, {});
      const [run] = await until(at, [runId], { done: allSucceeded, withinMs });
      expect(run?.turns).toBe(TURNS);
      expect(await completedCalls(at, [runId])).toEqual([Array(TURNS).fill(1)]);
    });

    test("a wake-up that nobody could use comes back from the dead letter queue", { timeout: TEST_MS }, async () => {
      // Every slot is taken, so that nobody receives the next wake-up but this test.
      const long = await submit(at, 4, { ...REHEARSAL, turns: 3, turnMs: 15_000 });
      await until(at, long, { done: (runs) => runs.every(({ state }) => state === "RUNNING"), withinMs });
      const [id] = await submit(at, 1, REHEARSAL);
      const sqs = new SQSClient({ endpoint, region: process.env.AWS_REGION ?? "us-east-1" });
      const QueueUrl = `${endpoint}/000000000000/${queueNames.normal.name}`;
      let seen = 0;
      await eventually(async () => {
        const asked = new ReceiveMessageCommand({
          QueueUrl,
          VisibilityTimeout: 0,
          WaitTimeSeconds: 0,
          MaxNumberOfMessages: 10,
        });
        const { Messages = [] } = await sqs.send(asked);
        seen += Messages.filter(({ Body = "" }) => wakeMessage.safeParse(JSON.parse(Body)).data?.runId === id).length;
        if (seen < limits.maxReceiveCount) throw new Error(`received ${seen} times`);
      }, withinMs);
      // The receive after the last one that is allowed moves it.
      await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0, WaitTimeSeconds: 1 }));
      sqs.destroy();
      const [run] = await until(at, [id ?? ""], { done: allSucceeded, withinMs });
      expect(run).toMatchObject({ deadLetters: 1, turns: TURNS, failures: 0 });
    });
  },
);
