import { limits } from "../../contract/limits.ts";
import { hiddenMessages } from "./hidden-messages.ts";
import type { Stored } from "./stored-message.ts";
import { wakeBell } from "./wake-bell.ts";

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
  /** Runs `wait` and aborts it as soon as there is a message for who waits: of many, the first. */
  changed(wait: (signal: AbortSignal) => Promise<void>): Promise<void>;
  depth(nowMs: number): { visible: number; inFlight: number };
};

/** An empty lane; its name makes receipts unlike those of other lanes. */
export function laneMessages(lane: string): LaneMessages {
  const visible = new Set<Stored>();
  const hidden = hiddenMessages();
  const byReceipt = new Map<string, Stored>();
  const bell = wakeBell();
  const dead: string[] = [];
  let receipts = 0;
  let duplicates = 0;

  const appear = (nowMs: number) => {
    for (const message of hidden.due(nowMs)) visible.add(message);
  };
  const hand = (message: Stored, nowMs: number, visibilityMs: number): Stored => {
    byReceipt.delete(message.receipt);
    message.receives++;
    message.receipt = `${lane}-${++receipts}`;
    message.visibleAtMs = nowMs + visibilityMs;
    byReceipt.set(message.receipt, message);
    hidden.add(message);
    return { ...message };
  };
  return {
    dead,
    add: (body, nowMs) => {
      visible.add({ body, sentAtMs: nowMs, visibleAtMs: nowMs, receives: 0, receipt: "" });
      bell.ring();
    },
    duplicateNext: () => {
      duplicates++;
    },
    take: (count, nowMs, visibilityMs) => {
      appear(nowMs);
      const taken: Stored[] = [];
      for (const message of visible) {
        if (taken.length >= count) break;
        visible.delete(message);
        if (message.sentAtMs + limits.queueRetentionMs <= nowMs) byReceipt.delete(message.receipt);
        else if (message.receives >= limits.maxReceiveCount) {
          byReceipt.delete(message.receipt);
          dead.push(message.body);
        } else taken.push(hand(message, nowMs, visibilityMs));
      }
      for (const twice of taken.slice(0, duplicates)) {
        duplicates--;
        visible.add({ ...twice, visibleAtMs: nowMs, receipt: "" });
      }
      if (visible.size > 0) bell.ring();
      return taken;
    },
    remove: (receipt) => {
      const message = byReceipt.get(receipt);
      if (message === undefined) return;
      byReceipt.delete(receipt);
      visible.delete(message);
      hidden.drop(message);
    },
    hide: (receipt, nowMs, visibilityMs) => {
      const message = byReceipt.get(receipt);
      if (message === undefined || message.visibleAtMs <= nowMs) return false;
      message.visibleAtMs = nowMs + visibilityMs;
      hidden.add(message);
      if (visibilityMs === 0) bell.ring();
      return true;
    },
    nextVisibleMs: () => (visible.size > 0 ? Number.NEGATIVE_INFINITY : hidden.nextMs()),
    changed: (wait) => bell.waitFor(wait),
    depth: (nowMs) => {
      appear(nowMs);
      return { visible: visible.size, inFlight: hidden.size };
    },
  };
}
