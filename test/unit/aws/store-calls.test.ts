/** What the adapters do with answers that no embedded server gives: leftovers, throttling, old names, lost answers. */
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, test } from "vitest";
import { toItem } from "../../../services/adapters/aws/item.ts";
import { awsStores } from "../../../services/adapters/aws/stores.ts";
import { limits } from "../../../services/contract/limits.ts";
import { keys } from "../../../services/contract/tables.ts";
import { sha256 } from "../../../services/core/digest.ts";
import { claim } from "../../../services/core/lifecycle.ts";
import { aDelta, aHead, aQueuedRun, aTimeMs } from "../../support/builders.ts";
import { aWorkerId } from "../../support/ids.ts";

const dynamo = new DynamoDBClient({ region: "us-east-1" });
const mock = mockClient(dynamo);
const slept: number[] = [];
const noS3 = async (): Promise<never> => {
  throw new Error("S3 is not needed here");
};
const made = () =>
  awsStores({
    dynamo,
    once: dynamo,
    s3: noS3,
    table: "t",
    bucket: "b",
    clock: { nowMs: () => aTimeMs, monotonicMs: () => 0, sleep: async (ms) => void slept.push(ms) },
    chance: { fraction: () => 0.5, id: () => "id" },
  });

beforeEach(() => {
  mock.reset();
  slept.length = 0;
});

describe("batched puts", () => {
  test("what a call left unprocessed goes again after a wait, the rest is done", async () => {
    const [one, two] = [aDelta(), aDelta()];
    let call = 0;
    mock.on(BatchWriteItemCommand).callsFake((input) => {
      call += 1;
      return call === 1 ? { UnprocessedItems: { t: input.RequestItems.t.slice(1) } } : {};
    });
    const { history } = made();
    await Promise.all([history.putDelta(one), history.putDelta(two)]);
    const sizes = mock.commandCalls(BatchWriteItemCommand).map(({ args }) => args[0].input.RequestItems?.t?.length);
    expect(sizes).toEqual([2, 1]);
    expect(slept).toEqual([limits.batchRetryBaseMs / 2]);
  });

  test("tries are bounded and the waits grow", async () => {
    mock.on(BatchWriteItemCommand).callsFake((input) => ({ UnprocessedItems: input.RequestItems }));
    await expect(made().history.putDelta(aDelta())).rejects.toThrow("unprocessed");
    expect(mock.commandCalls(BatchWriteItemCommand)).toHaveLength(limits.batchAttempts);
    expect(slept).toHaveLength(limits.batchAttempts - 1);
    expect(slept.toSorted((a, b) => a - b)).toEqual(slept);
  });

  test("a failed call rejects with its cause", async () => {
    const down = Object.assign(new Error("down"), { name: "InternalServerError" });
    mock.on(BatchWriteItemCommand).rejects(down);
    await expect(made().history.putDelta(aDelta())).rejects.toMatchObject({ cause: down });
  });

  test("no call has more than 25 items", async () => {
    mock.on(BatchWriteItemCommand).resolves({});
    const { history } = made();
    await Promise.all(Array.from({ length: 60 }, () => history.putDelta(aDelta())));
    const sizes = mock.commandCalls(BatchWriteItemCommand).map(({ args }) => args[0].input.RequestItems?.t?.length);
    expect(sizes).toEqual([25, 25, 10]);
  });
});

describe("contents", () => {
  const text = "frozen agent";
  const one = { digest: sha256(text), text };

  test("a content that comes with every submit is stored once an hour", async () => {
    mock.on(BatchWriteItemCommand).resolves({});
    const { contents } = made();
    await Promise.all([contents.put([one], aTimeMs), contents.put([one, one], aTimeMs + 1)]);
    await contents.put([one], aTimeMs + limits.contentRefreshMs - 1);
    expect(mock.commandCalls(BatchWriteItemCommand)).toHaveLength(1);
    await contents.put([one], aTimeMs + limits.contentRefreshMs);
    const [, again] = mock.commandCalls(BatchWriteItemCommand);
    const item = again?.args[0].input.RequestItems?.t?.[0]?.PutRequest?.Item;
    const keptUntilMs = Number(item?.expiresAt?.N) * 1_000;
    expect(keptUntilMs).toBeGreaterThanOrEqual(aTimeMs + 2 * limits.contentRefreshMs + limits.keepEndedMs);
  });

  test("a put that failed is not remembered", async () => {
    mock.on(BatchWriteItemCommand).rejectsOnce(new Error("down")).resolves({});
    const { contents } = made();
    await expect(contents.put([one], aTimeMs)).rejects.toThrow();
    await contents.put([one], aTimeMs);
    expect(mock.commandCalls(BatchWriteItemCommand)).toHaveLength(2);
  });
});

describe("heads", () => {
  const refusal = (item?: ReturnType<typeof toItem>) =>
    new ConditionalCheckFailedException({ message: "", $metadata: {}, ...(item ? { Item: item } : {}) });

  test("a creation refused by its own first try is created", async () => {
    const head = aHead();
    mock.on(PutItemCommand).rejects(refusal(toItem({ ...keys.head(head.runId), ...head })));
    expect(await made().runs.create(head, aTimeMs)).toEqual({ kind: "created" });
  });

  test("the item that comes with a refusal saves the read", async () => {
    const { head, wake } = aQueuedRun();
    const other = { ...head, state: "RUNNING", holder: aWorkerId(), epoch: head.epoch + 1 } as const;
    mock.on(UpdateItemCommand).rejects(refusal(toItem({ ...keys.head(head.runId), ...other })));
    const outcome = await made().runs.write(head.runId, claim(wake, { worker: aWorkerId(), nonce: "nonce" }, aTimeMs));
    expect(outcome).toEqual({ kind: "refused", head: other });
    expect(mock.commandCalls(BatchGetItemCommand)).toHaveLength(0);
  });

  test("a refusal without an item is settled by a consistent read", async () => {
    const { head, wake } = aQueuedRun();
    const worker = aWorkerId();
    const write = claim(wake, { worker, nonce: "nonce" }, aTimeMs);
    const mine = { ...head, ...write.set, epoch: head.epoch + 1 };
    mock.on(UpdateItemCommand).rejects(refusal());
    mock.on(BatchGetItemCommand).resolves({ Responses: { t: [toItem({ ...keys.head(head.runId), ...mine })] } });
    expect(await made().runs.write(head.runId, write)).toEqual({ kind: "written", head: mine });
    expect(mock.commandCalls(BatchGetItemCommand)[0]?.args[0].input.RequestItems?.t?.ConsistentRead).toBe(true);
  });

  test("keys that a read left unprocessed are read again", async () => {
    const heads = [aHead(), aHead()];
    const items = heads.map((head) => toItem({ ...keys.head(head.runId), ...head }));
    const [, second] = heads;
    if (second === undefined) throw new Error("there are two");
    mock
      .on(BatchGetItemCommand)
      .resolvesOnce({
        Responses: { t: items.slice(0, 1) },
        UnprocessedKeys: { t: { Keys: [toItem(keys.head(second.runId))] } },
      })
      .resolves({ Responses: { t: items.slice(1) } });
    const read = await made().runs.read(
      heads.map((head) => head.runId),
      aTimeMs,
    );
    expect(read).toEqual(heads);
    expect(mock.commandCalls(GetItemCommand)).toHaveLength(0);
  });
});
