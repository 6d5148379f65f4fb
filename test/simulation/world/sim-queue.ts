/** The queue as a process sees it: messages get lost, come late, in another order, or twice; batches are taken in part. */
import type { Lane } from "../../../services/contract/ids.ts";
import type { WakeMessage } from "../../../services/contract/messages.ts";
import type { Queue } from "../../../services/ports/queue.ts";
import type { Caller, PortParts } from "./ports.ts";

const CHANCE = 0.01;
/** Latest arrival of a late message; by then others have overtaken it. */
const LATE_MS = 60_000;

/** A queue of the world, as one process calls it. */
export function simQueue(parts: PortParts, { read, write }: Caller, queue: Queue): Queue {
  const { weather, network, checks } = parts;

  const grown = async (lane: Lane): Promise<void> => {
    const depth = await queue.depth(lane);
    if (depth.kind === "known") checks.messages(lane, depth.visible + depth.inFlight);
  };

  async function sendOne(lane: Lane, message: WakeMessage, delayMs?: number): Promise<void> {
    if (weather.strikes("message-lost", CHANCE)) return;
    if (weather.strikes("message-doubled", CHANCE)) await queue.send(lane, [message], delayMs);
    if (weather.strikes("message-late", CHANCE)) {
      network.time.after(LATE_MS * weather.share(), () => void queue.send(lane, [message]));
    } else await queue.send(lane, [message], delayMs);
  }

  return {
    send: (lane, messages, delayMs) =>
      write("queue.send", async () => {
        const refused: WakeMessage[] = [];
        for (const message of messages) {
          if (weather.strikes("send-partly-refused", CHANCE)) refused.push(message);
          else await sendOne(lane, message, delayMs);
        }
        await grown(lane);
        return refused;
      }),
    receive: (lane, max, waitMs, visibilityMs) =>
      write("queue.receive", () => queue.receive(lane, max, waitMs, visibilityMs), waitMs),
    delete: (lane, receipts) => write("queue.delete", () => queue.delete(lane, receipts)),
    extend: (lane, receipts, visibilityMs) =>
      write("queue.extend", async () => {
        const lost = receipts.filter(() => weather.strikes("receipt-lost", CHANCE));
        const others = lost.length === 0 ? receipts : receipts.filter((receipt) => !lost.includes(receipt));
        return [...lost, ...(await queue.extend(lane, others, visibilityMs))];
      }),
    depth: (lane) =>
      read("queue.depth", () => queue.depth(lane)).catch((error: unknown) => ({
        kind: "unknown",
        because: String(error),
      })),
  };
}
