/** The batched calls of one lane's queue. */
import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { limits } from "../../contract/limits.ts";
import type { WakeMessage } from "../../contract/messages.ts";
import { batcher, type Outcome } from "./batcher.ts";
import { call, plainCode } from "./call.ts";

/** What one caller asks for; a batch makes one call of ten of them. */
export type LaneCalls = {
  /** Whether the queue took it. */
  send(job: { readonly message: WakeMessage; readonly seconds: number }): Promise<boolean>;
  /** A message that is gone already is deleted. */
  delete(receipt: string): Promise<void>;
  /** Whether the lease holds still; false when it is lost. */
  extend(job: { readonly receipt: string; readonly seconds: number }): Promise<boolean>;
};

const LEASE_LOST = new Set(["MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"]);

export function laneCalls(sqs: SQSClient, url: string): LaneCalls {
  const common = { max: limits.sendBatchMax } as const;
  const bound = { requestTimeout: limits.storeCallMs };
  return {
    send: batcher<{ readonly message: WakeMessage; readonly seconds: number }, boolean>({
      ...common,
      name: "SendMessageBatch",
      async send(jobs) {
        const Entries = jobs.map(({ message, seconds }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(message),
          // On a standard queue a group means fair delivery, not order.
          ...(message.tenant === undefined ? {} : { MessageGroupId: message.tenant }),
          ...(seconds === 0 ? {} : { DelaySeconds: seconds }),
        }));
        const command = new SendMessageBatchCommand({ QueueUrl: url, Entries });
        const failed = failures(await call("SendMessageBatch", sqs.send(command, bound)));
        return jobs.map((_, index) => done(!failed.has(String(index))));
      },
    }),
    delete: batcher<string, void>({
      ...common,
      // Nobody waits for a deletion.
      inFlight: 1,
      name: "DeleteMessageBatch",
      async send(receipts) {
        const Entries = receipts.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
        const command = new DeleteMessageBatchCommand({ QueueUrl: url, Entries });
        const failed = failures(await call("DeleteMessageBatch", sqs.send(command, bound)));
        return receipts.map((_, index) => {
          const code = failed.get(String(index));
          return code === undefined || LEASE_LOST.has(code) ? done(undefined) : refused("DeleteMessageBatch", code);
        });
      },
    }),
    extend: batcher<{ readonly receipt: string; readonly seconds: number }, boolean>({
      ...common,
      name: "ChangeMessageVisibilityBatch",
      async send(jobs) {
        const Entries = jobs.map(({ receipt, seconds }, index) => ({
          Id: String(index),
          ReceiptHandle: receipt,
          VisibilityTimeout: seconds,
        }));
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries });
        const failed = failures(await call("ChangeMessageVisibilityBatch", sqs.send(command, bound)));
        return jobs.map((_, index) => {
          const code = failed.get(String(index));
          if (code === undefined) return done(true);
          return LEASE_LOST.has(code) ? done(false) : refused("ChangeMessageVisibilityBatch", code);
        });
      },
    }),
  };
}

const done = <R>(value: R): Outcome<R> => ({ kind: "done", value });
const refused = (operation: string, code: string): Outcome<never> => ({
  kind: "failed",
  error: new Error(`${operation}: ${code}`),
});

/** Codes of the entries that failed, by id; servers differ in what they put before and after a code. */
function failures(answer: { Failed?: BatchResultErrorEntry[] | undefined }): Map<string, string> {
  const code = (entry: BatchResultErrorEntry) => plainCode(entry.Code ?? "unknown").replace(/Exception$/, "");
  return new Map((answer.Failed ?? []).map((entry) => [entry.Id ?? "", code(entry)]));
}
