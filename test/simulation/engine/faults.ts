/** Every fault by its name, and how often each one struck. */
import type { Dice } from "./dice.ts";

const worldFaults = [
  "store-failed",
  "store-throttled",
  "store-slow",
  "store-answer-lost",
  "store-write-late",
  "index-late",
  "objects-down",
  "message-lost",
  "message-late",
  "message-doubled",
  "send-partly-refused",
  "receipt-lost",
  "model-rate-limited",
  "model-spend-limit",
  "model-overloaded",
  "model-stalled",
  "model-cut",
  "model-too-long",
  "worker-crash",
  "worker-pause",
  "notice",
  "notice-with-deadline",
  "drain-flag",
  "clock-skew",
  "controller-dead",
  "two-controllers",
  "api-crash",
  "instance-warned",
  "instance-gone",
  "event-late",
  "event-doubled",
  "event-astray",
  "poison-run",
] as const;

/** Named after the others, and drawn with dice of their own. */
const laterFaults = ["store-silent", "clock-jump", "machine-asleep", "item-unreadable"] as const;

/** Of worlds that are scaled alone: an act of a leader that dies or stands still in it or whose answer is lost, pools, boots. */
const scalingFaults = [
  "leader-struck",
  "act-answer-lost",
  "pool-drought",
  "pool-quota",
  "pool-throttled",
  "pool-unseen",
  "boot-slow",
  "boot-failed",
] as const;

export const faultNames = [...worldFaults, ...laterFaults, ...scalingFaults] as const;

export type FaultName = (typeof faultNames)[number];

/** Whether a text names a fault. */
export const isFaultName = (text: string): text is FaultName => faultNames.some((name) => name === text);

/** Draws which faults a world has: each with the same chance. Those of scaling are drawn for scaled worlds alone. */
export const drawFaults = (
  dice: Dice,
  share: number,
  others: { later: Dice; scaling: Dice | undefined },
): FaultName[] => [
  ...worldFaults.filter(() => dice.happens(share)),
  ...laterFaults.filter(() => others.later.happens(share)),
  ...scalingFaults.filter(() => others.scaling?.happens(share) === true),
];

/** What harms nobody by itself: a worker that leaves in good order, a clock that is wrong all the time. */
const GENTLE: ReadonlySet<FaultName> = new Set(["notice", "notice-with-deadline", "drain-flag", "clock-skew"]);

/** How often each fault of a seed strikes; what is not in it does not strike. */
export class Faults {
  readonly counts: Partial<Record<FaultName, number>> = {};
  /** Strikes that may have done harm, so far. */
  harm = 0;
  readonly #enabled: ReadonlySet<FaultName>;
  #on = true;

  constructor(enabled: readonly FaultName[]) {
    this.#enabled = new Set(enabled);
  }

  /** From now on nothing strikes any more. */
  stop(): void {
    this.#on = false;
  }

  /** Harm that a strike of before brings about now. */
  struck(): void {
    this.harm++;
  }

  may(name: FaultName): boolean {
    return this.#on && this.#enabled.has(name);
  }

  count(name: FaultName): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    if (!GENTLE.has(name)) this.harm++;
  }
}
