/** The queue's answers that no embedded server gives, and the units of what it asks. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { mockClient } from "aws-sdk-client-mock";
import { beforeEach, describe, expect, test } from "vitest";
import { sqsQueue } from "../../../services/adapters/aws/queue.ts";
import { aWake } from "../../support/builders.ts";

const sqs = new SQSClient({ region: "us-east-1" });
const mock = mockClient(sqs);
const queue = sqsQueue({ sqs, urls: { high: "http://h/1/high", normal: "http://h/1/normal", low: "http://h/1/low" } });
const failed = (Id: string, Code: string, SenderFault = true) => ({ Id, Code, SenderFault });

beforeEach(() => mock.reset());

describe("sqsQueue", () => {
  test("gives the messages that were not taken", async () => {
    const wakes = [aWake(), aWake(), aWake()];
    mock.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [failed("1", "InternalError", false)] });
    expect(await queue.send("high", wakes)).toEqual([wakes[1]]);
  });

  test("callers of one tick share calls of ten", async () => {
    mock.on(SendMessageBatchCommand).resolves({ Successful: [], Failed: [] });
    await Promise.all(Array.from({ length: 25 }, () => queue.send("low", [aWake()])));
    const sizes = mock.commandCalls(SendMessageBatchCommand).map(({ args }) => args[0].input.Entries?.length);
    expect(sizes).toEqual([10, 10, 5]);
  });

  test("a call that failed is an error with its cause, after every other call of the caller has ended", async () => {
    const down = Object.assign(new Error("down"), { name: "ServiceUnavailable" });
    mock.on(SendMessageBatchCommand).rejectsOnce(down).resolves({ Successful: [], Failed: [] });
    const sending = queue.send(
      "high",
      Array.from({ length: 30 }, () => aWake()),
    );
    await expect(sending).rejects.toMatchObject({ cause: down });
    expect(mock.commandCalls(SendMessageBatchCommand)).toHaveLength(3);
  });

  test.each([
    "MessageNotInflight",
    "ReceiptHandleIsInvalid",
    "AWS.SimpleQueueService.InvalidParameterValue",
    "InvalidParameterValueException",
  ])("%s means that the lease was lost", async (code) => {
    mock.on(ChangeMessageVisibilityBatchCommand).resolves({ Successful: [], Failed: [failed("0", code)] });
    expect(await queue.extend("normal", ["gone", "held"], 30_000)).toEqual(["gone"]);
  });

  test("a failure of the service on one entry is no lost lease but an error", async () => {
    mock
      .on(ChangeMessageVisibilityBatchCommand)
      .resolves({ Successful: [], Failed: [failed("0", "InternalError", false)] });
    await expect(queue.extend("normal", ["held"], 30_000)).rejects.toThrow("InternalError");
  });

  test("a message that is gone counts as deleted, a failure of the service does not", async () => {
    mock
      .on(DeleteMessageBatchCommand)
      .resolvesOnce({ Successful: [], Failed: [failed("0", "AWS.SimpleQueueService.ReceiptHandleIsInvalid")] })
      .resolves({ Successful: [], Failed: [failed("0", "InternalError", false)] });
    await queue.delete("high", ["gone"]);
    await expect(queue.delete("high", ["held"])).rejects.toThrow("InternalError");
  });

  test("times are rounded up to whole seconds, 0 stays 0", async () => {
    mock.on(ReceiveMessageCommand).resolves({});
    await queue.receive("high", 50, 1, 1_001);
    await queue.receive("high", 3, 0, 30_000);
    const inputs = mock.commandCalls(ReceiveMessageCommand).map(({ args }) => args[0].input);
    expect(inputs).toMatchObject([
      { MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 2 },
      { MaxNumberOfMessages: 3, WaitTimeSeconds: 0, VisibilityTimeout: 30 },
    ]);
  });

  test("a depth that is not known is not 0", async () => {
    mock
      .on(GetQueueAttributesCommand)
      .resolvesOnce({ Attributes: { ApproximateNumberOfMessages: "3" } })
      .rejects(Object.assign(new Error(), { name: "AWS.SimpleQueueService.NonExistentQueue" }));
    expect(await queue.depth("low")).toMatchObject({ kind: "unknown" });
    expect(await queue.depth("low")).toEqual({ kind: "unknown", because: "NonExistentQueue" });
  });
});
