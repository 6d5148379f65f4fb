/** Lanes over SQS. Sends, deletes and extensions of many callers share calls of 10. */
import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Lane } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { wakeMessage } from "../../contract/messages.ts";
import type { LaneDepth, Queue, Received } from "../../ports/queue.ts";
import { call, errorName } from "./call.ts";
import { type LaneCalls, laneCalls } from "./lane-calls.ts";

export type SqsQueueOptions = { readonly sqs: SQSClient; readonly urls: Readonly<Record<Lane, string>> };

/** Whole seconds, rounded up: a wait or a visibility is never shorter than asked for. */
const wholeSeconds = (ms: number): number => Math.ceil(ms / 1_000);

/** The queue over SQS. */
export function sqsQueue({ sqs, urls }: SqsQueueOptions): Queue {
  const lanes = {
    high: laneCalls(sqs, urls.high),
    normal: laneCalls(sqs, urls.normal),
    low: laneCalls(sqs, urls.low),
  } satisfies Record<Lane, LaneCalls>;

  return {
    async send(lane, messages, delayMs = 0) {
      const seconds = wholeSeconds(Math.min(delayMs, limits.sendDelayMaxMs));
      const jobs = messages.map((message) => ({ message, seconds }));
      const taken = await all(jobs, lanes[lane].send);
      return messages.filter((_, index) => taken[index] === false);
    },

    async receive(lane, max, waitMs, visibilityMs) {
      const command = new ReceiveMessageCommand({
        QueueUrl: urls[lane],
        MaxNumberOfMessages: Math.min(max, limits.receiveMax),
        WaitTimeSeconds: wholeSeconds(waitMs),
        VisibilityTimeout: wholeSeconds(visibilityMs),
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      });
      const requestTimeout = wholeSeconds(waitMs) * 1_000 + limits.storeCallMs;
      const answer = await call(`ReceiveMessage ${lane}`, sqs.send(command, { requestTimeout }));
      return (answer.Messages ?? []).map(received);
    },

    async delete(lane, receipts) {
      await all(receipts, lanes[lane].delete);
    },

    async extend(lane, receipts, visibilityMs) {
      const jobs = receipts.map((receipt) => ({ receipt, seconds: wholeSeconds(visibilityMs) }));
      const kept = await all(jobs, lanes[lane].extend);
      return receipts.filter((_, index) => kept[index] === false);
    },

    async depth(lane): Promise<LaneDepth> {
      const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
      try {
        const command = new GetQueueAttributesCommand({ QueueUrl: urls[lane], AttributeNames: [...names] });
        const { Attributes: got } = await sqs.send(command, { requestTimeout: limits.storeCallMs });
        const [visible, inFlight] = names.map((name) => Number.parseInt(got?.[name] ?? "", 10));
        if (visible === undefined || inFlight === undefined || Number.isNaN(visible + inFlight))
          return { kind: "unknown", because: "the queue did not say" };
        return { kind: "known", visible, inFlight };
      } catch (error) {
        return { kind: "unknown", because: errorName(error) };
      }
    },
  };
}

/** Runs a job for each input and waits for every one, so that an error leaves none behind unseen; then throws the first. */
async function all<J, R>(inputs: readonly J[], run: (input: J) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(inputs.map(run));
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

function received(message: Message): Received {
  const body = message.Body ?? "";
  if (message.ReceiptHandle === undefined) throw new Error("a message came without a receipt");
  const count = Number.parseInt(message.Attributes?.ApproximateReceiveCount ?? "", 10);
  // It came, so it was received once at least.
  return { receipt: message.ReceiptHandle, body, message: parsed(body), receives: Number.isNaN(count) ? 1 : count };
}

function parsed(body: string): Received["message"] {
  try {
    return wakeMessage.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
