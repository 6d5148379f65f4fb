import { limits } from "../../contract/limits.ts";
import { fairMessages } from "./fair-messages.ts";
import { hiddenMessages } from "./hidden-messages.ts";
import type { Stored } from "./stored-message.ts";
import { wakeBell } from "./wake-bell.ts";

/** Messages of one lane. Times are the caller's. */
export type LaneMessages = {
  /** Hidden at first where `afterMs` is given. */
  add(
    message: { readonly body: string; readonly group?: string | undefined; readonly afterMs?: number },
    nowMs: number,
  ): void;
  duplicateNext(): void;
  /**
   * Up to `most` visible messages, of the group with the fewest in flight first, then oldest first. Those received too often
   * are handed to `onDead` instead.
   */
  take(most: number, nowMs: number, visibilityMs: number): Stored[];
  remove(receipt: string): void;
  /** Whether the receipt still holds its message, which is then hidden for `visibilityMs` from now. */
  hide(receipt: string, nowMs: number, visibilityMs: number): boolean;
  /** When the next message becomes visible. */
  nextVisibleMs(): number | undefined;
  /** Runs `wait` and aborts it as soon as there is a message for who waits: of many, the first. */
  changed(wait: (signal: AbortSignal) => Promise<void>): Promise<void>;
  depth(nowMs: number): { visible: number; inFlight: number };
};

/** An empty lane; its name makes receipts unlike those of other lanes. Without `onDead` no message is received too often. */
export function laneMessages(lane: string, onDead?: (message: Stored, nowMs: number) => void): LaneMessages {
  const visible = fairMessages();
  const inFlight = new Map<string, number>();
  const hidden = hiddenMessages();
  const byReceipt = new Map<string, Stored>();
  const bell = wakeBell();
  let receipts = 0;
  let duplicates = 0;

  /** Messages in flight by group; those that were never received are only late. */
  const count = (message: Stored, change: number) => {
    const held = (inFlight.get(message.group) ?? 0) + change;
    if (held > 0) inFlight.set(message.group, held);
    else inFlight.delete(message.group);
  };
  const appear = (nowMs: number) => {
    for (const message of hidden.due(nowMs)) {
      if (message.receives > 0) count(message, -1);
      visible.add(message);
    }
  };
  const hand = (message: Stored, nowMs: number, visibilityMs: number): Stored => {
    byReceipt.delete(message.receipt);
    message.receives++;
    message.receipt = `${lane}-${++receipts}`;
    message.visibleAtMs = nowMs + visibilityMs;
    byReceipt.set(message.receipt, message);
    hidden.add(message);
    count(message, 1);
    return { ...message };
  };
  return {
    add: ({ body, group = "", afterMs = 0 }, nowMs) => {
      const message = { body, group, sentAtMs: nowMs, visibleAtMs: nowMs + afterMs, receives: 0, receipt: "" };
      if (afterMs > 0) hidden.add(message);
      else visible.add(message);
      bell.ring();
    },
    duplicateNext: () => {
      duplicates++;
    },
    take: (most, nowMs, visibilityMs) => {
      appear(nowMs);
      const taken: Stored[] = [];
      while (taken.length < most) {
        const message = visible.next((group) => inFlight.get(group) ?? 0);
        if (message === undefined) break;
        if (message.sentAtMs + limits.queueRetentionMs <= nowMs) byReceipt.delete(message.receipt);
        else if (onDead !== undefined && message.receives >= limits.maxReceiveCount) {
          byReceipt.delete(message.receipt);
          onDead(message, nowMs);
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
      visible.drop(message);
      if (hidden.drop(message)) count(message, -1);
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
