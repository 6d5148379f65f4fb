import { type Lane, lanes } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { wakeMessage } from "../../contract/messages.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Queue, Received } from "../../ports/queue.ts";
import type { Faults } from "./faults.ts";
import { laneMessages } from "./lane-messages.ts";
import type { Stored } from "./stored-message.ts";

/** The queue with what a test does to it and sees of it. */
export type MemoryQueue = Queue & {
  /** Puts any body on a lane, as somebody else's program might. */
  sendRaw(lane: Lane, body: string): void;
  /** The next `count` messages that are sent are not taken. */
  refuseNext(count: number): void;
  /** The next message received of this lane stays visible too, so it is delivered twice. */
  duplicateNext(lane: Lane): void;
  /** Bodies of the messages that were received too often. */
  deadLetters(lane: Lane): readonly string[];
};

const parseBody = (body: string) => {
  try {
    return wakeMessage.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
};

const received = ({ receipt, body, receives }: Stored): Received => ({
  receipt,
  body,
  message: parseBody(body),
  receives,
});

/** One list of messages for each lane, with visibility on the given clock. */
export function memoryQueue(faults: Faults, clock: Clock): MemoryQueue {
  const messages = Object.fromEntries(lanes.map((lane) => [lane, laneMessages(lane)]));
  const of = (lane: Lane) => {
    const found = messages[lane];
    if (found === undefined) throw new Error(`no such lane: ${lane}`);
    return found;
  };
  let refusing = 0;
  return {
    sendRaw: (lane, body) => of(lane).add(body, clock.nowMs()),
    refuseNext: (count) => {
      refusing += count;
    },
    duplicateNext: (lane) => of(lane).duplicateNext(),
    deadLetters: (lane) => of(lane).dead,
    send: (lane, given) =>
      faults.run("queue.send", () => {
        const refused = given.slice(0, refusing);
        refusing -= refused.length;
        for (const message of given.slice(refused.length)) of(lane).add(JSON.stringify(message), clock.nowMs());
        return refused;
      }),
    receive: (lane, max, waitMs, visibilityMs) =>
      faults.run("queue.receive", async () => {
        if (max < 1) throw new Error("receive: at least 1 message must be asked for");
        const count = Math.min(max, limits.receiveMax);
        const untilMs = clock.nowMs() + waitMs;
        for (;;) {
          const nowMs = clock.nowMs();
          const got = of(lane).take(count, nowMs, visibilityMs);
          if (got.length > 0 || nowMs >= untilMs) return got.map(received);
          const wakeMs = Math.min(untilMs, of(lane).nextVisibleMs() ?? untilMs);
          await of(lane).changed((signal) => clock.sleep(wakeMs - nowMs, signal));
        }
      }),
    delete: (lane, receipts) =>
      faults.run("queue.delete", () => {
        for (const receipt of receipts) of(lane).remove(receipt);
      }),
    extend: (lane, receipts, visibilityMs) =>
      faults.run("queue.extend", () =>
        receipts.filter((receipt) => !of(lane).hide(receipt, clock.nowMs(), visibilityMs)),
      ),
    depth: async (lane) => {
      try {
        return await faults.run("queue.depth", () => ({ kind: "known", ...of(lane).depth(clock.nowMs()) }) as const);
      } catch (error) {
        return { kind: "unknown", because: String(error) };
      }
    },
  };
}
