/** Faults on demand: what goes wrong, for which calls, how often. */
import type { Random } from "./random.ts";

/**
 * What goes wrong.
 * - a status: refused with that error before anything is billed
 * - `cut`: the socket is destroyed in the middle of the answer
 * - `stall`: the answer stops and never goes on
 * - `overloaded-event`: a stream ends with `event: error` after it has begun (529 for a JSON answer)
 * - `lose-reply`: the whole answer is generated and billed, and the socket destroyed before the last byte
 */
export type FaultKind =
  | { readonly kind: "status"; readonly status: number; readonly retryAfterS?: number; readonly errorCode?: string }
  | { readonly kind: "cut" | "stall" | "overloaded-event" | "lose-reply"; readonly afterChunks?: number };

/** A fault and the calls that it hits. Without `next` it stays until it is removed or `until` has passed. */
export interface FaultRule {
  readonly fault: FaultKind;
  /** Chance that a matching call is hit, 0 to 1. */
  readonly probability: number;
  /** How many more calls are hit at most. */
  readonly next: number | undefined;
  readonly runId: string | undefined;
  readonly turn: number | undefined;
  readonly model: string | undefined;
  /** Epoch millisecond at which the rule ends. */
  readonly until: number | undefined;
}

/** Most rules at a time. */
export const MAX_FAULT_RULES = 10_000;

/** The call that may be hit. */
export interface FaultTarget {
  readonly runId: string;
  readonly turn: number;
  readonly model: string;
}

interface Armed {
  readonly rule: FaultRule;
  left: number;
  hits: number;
}

/** The rules in force; the first that matches and whose chance comes up wins. */
export class Faults {
  #armed: Armed[] = [];

  /** Adds a rule behind the others; false when there are too many. */
  add(rule: FaultRule): boolean {
    if (this.#armed.length >= MAX_FAULT_RULES) return false;
    this.#armed.push({ rule, left: rule.next ?? Number.POSITIVE_INFINITY, hits: 0 });
    return true;
  }

  /** Removes every rule. */
  clear(): void {
    this.#armed = [];
  }

  /** The rules with what is left of them. */
  list(): readonly object[] {
    return this.#armed.map(({ rule, left, hits }) => ({ ...rule, next: Number.isFinite(left) ? left : null, hits }));
  }

  /** The fault that hits this call, if any; uses up one of its count. */
  pick(target: FaultTarget, random: Random, now: number): FaultKind | undefined {
    if (this.#armed.length === 0) return undefined;
    for (const armed of this.#armed) {
      const { rule } = armed;
      if (armed.left <= 0 || (rule.until !== undefined && now >= rule.until)) continue;
      if (rule.runId !== undefined && rule.runId !== target.runId) continue;
      if (rule.turn !== undefined && rule.turn !== target.turn) continue;
      if (rule.model !== undefined && rule.model !== target.model) continue;
      if (rule.probability < 1 && random() >= rule.probability) continue;
      armed.left--;
      armed.hits++;
      if (armed.left <= 0) this.#armed = this.#armed.filter((other) => other !== armed);
      return rule.fault;
    }
    return undefined;
  }
}
