import { limits } from "../../contract/limits.ts";
import { wakeBell } from "./wake-bell.ts";

/** A message as it lies on a lane; hidden until `visibleAtMs`. Each receive gives it a new receipt. */
export type Stored = {
  readonly body: string;
  readonly sentAtMs: number;
  visibleAtMs: number;
  receives: number;
  receipt: string;
};

/** Messages of one lane. Times are the caller's. */
export type LaneMessages = {
  readonly dead: readonly string[];
  add(body: string, nowMs: number): void;
  duplicateNext(): void;
  /** Up to `count` visible messages, oldest first. Those received too often become dead letters instead. */
  take(count: number, nowMs: number, visibilityMs: number): Stored[];
  remove(receipt: string): void;
  /** Whether the receipt still holds its message, which is then hidden for `visibilityMs` from now. */
  hide(receipt: string, nowMs: number, visibilityMs: number): boolean;
  /** When the next message becomes visible. */
  nextVisibleMs(): number | undefined;
  /** Runs `wait` and aborts it as soon as a message is added or made visible. */
  changed(wait: (signal: AbortSignal) => Promise<void>): Promise<void>;
  depth(nowMs: number): { visible: number; inFlight: number };
};

/** An empty lane; its name makes receipts unlike those of other lanes. */
export function laneMessages(lane: string): LaneMessages {
  const messages = new Set<Stored>();
  const byReceipt = new Map<string, Stored>();
  const bell = wakeBell();
  const dead: string[] = [];
  let receipts = 0;
  let duplicates = 0;

  const forget = (message: Stored) => {
    messages.delete(message);
    byReceipt.delete(message.receipt);
  };
  const hand = (message: Stored, nowMs: number, visibilityMs: number): Stored => {
    byReceipt.delete(message.receipt);
    message.receives++;
    message.receipt = `${lane}-${++receipts}`;
    message.visibleAtMs = nowMs + visibilityMs;
    byReceipt.set(message.receipt, message);
    return { ...message };
  };
  return {
    dead,
    add: (body, nowMs) => {
      messages.add({ body, sentAtMs: nowMs, visibleAtMs: nowMs, receives: 0, receipt: "" });
      bell.ring();
    },
    duplicateNext: () => {
      duplicates++;
    },
    take: (count, nowMs, visibilityMs) => {
      const taken: Stored[] = [];
      for (const message of messages) {
        if (taken.length >= count) break;
        if (message.sentAtMs + limits.queueRetentionMs <= nowMs) forget(message);
        else if (message.visibleAtMs > nowMs) continue;
        else if (message.receives >= limits.maxReceiveCount) {
          forget(message);
          dead.push(message.body);
        } else taken.push(hand(message, nowMs, visibilityMs));
      }
      for (const twice of taken.slice(0, duplicates)) {
        duplicates--;
        messages.add({ ...twice, visibleAtMs: nowMs, receipt: "" });
      }
      return taken;
    },
    remove: (receipt) => {
      const message = byReceipt.get(receipt);
      if (message !== undefined) forget(message);
    },
    hide: (receipt, nowMs, visibilityMs) => {
      const message = byReceipt.get(receipt);
      if (message === undefined || message.visibleAtMs <= nowMs) return false;
      message.visibleAtMs = nowMs + visibilityMs;
      if (visibilityMs === 0) bell.ring();
      return true;
    },
    nextVisibleMs: () => {
      let next: number | undefined;
      for (const { visibleAtMs } of messages) next = Math.min(visibleAtMs, next ?? visibleAtMs);
      return next;
    },
    changed: (wait) => bell.waitFor(wait),
    depth: (nowMs) => {
      const visible = [...messages].filter((message) => message.visibleAtMs <= nowMs).length;
      return { visible, inFlight: messages.size - visible };
    },
  };
}
