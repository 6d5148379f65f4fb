import type { Lane } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { type WakeMessage, wakeMessage } from "../../contract/messages.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Queue, Received } from "../../ports/queue.ts";
import type { Faults } from "./faults.ts";
import { type LaneMessages, laneMessages } from "./lane-messages.ts";
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
  /** The dead letter queues, read like lanes. */
  readonly dead: Queue;
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

/** What a queue of memory lanes is made of; `refused` says how many of the messages to send are not taken. */
type Lanes = {
  readonly faults: Faults;
  readonly clock: Clock;
  of(lane: Lane): LaneMessages;
  refused(messages: readonly WakeMessage[]): number;
};

function queueOver({ faults, clock, of, refused }: Lanes): Queue {
  return {
    send: (lane, given, delayMs = 0) =>
      faults.run("queue.send", () => {
        const left = given.slice(0, refused(given));
        for (const message of given.slice(left.length))
          of(lane).add({ body: JSON.stringify(message), group: message.tenant, afterMs: delayMs }, clock.nowMs());
        return left;
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

/** A value for each lane. */
const eachLane = <T>(make: (lane: Lane) => T): Record<Lane, T> => ({
  high: make("high"),
  normal: make("normal"),
  low: make("low"),
});

/** Lanes with fair groups and dead letter queues, with visibility on the given clock. */
export function memoryQueue(faults: Faults, clock: Clock): MemoryQueue {
  const letters = eachLane((): string[] => []);
  const dead = eachLane((lane) => laneMessages(`${lane}-dead`));
  const messages = eachLane((lane) =>
    laneMessages(lane, ({ body, group }, nowMs) => {
      letters[lane].push(body);
      dead[lane].add({ body, group }, nowMs);
    }),
  );
  let refusing = 0;
  const refused = (given: readonly WakeMessage[]): number => {
    const count = Math.min(refusing, given.length);
    refusing -= count;
    return count;
  };
  return {
    ...queueOver({ faults, clock, of: (lane) => messages[lane], refused }),
    sendRaw: (lane, body) => messages[lane].add({ body }, clock.nowMs()),
    refuseNext: (count) => {
      refusing += count;
    },
    duplicateNext: (lane) => messages[lane].duplicateNext(),
    deadLetters: (lane) => letters[lane],
    dead: queueOver({ faults, clock, of: (lane) => dead[lane], refused: () => 0 }),
  };
}
