/** What a run does when something speaks against its model: ask again, go on one tier higher, or neither. Pure. */
import type { Evidence, Ladder } from "../contract/routing.ts";

/** How often each evidence must be seen on one tier before the run is lifted; a first answer that is no good is asked again. */
export const timesToClimb = {
  invalid: 2,
  cut: 2,
  tool: 3,
  verify: 1,
} as const satisfies Record<Evidence, number>;

/** The next tier and the most that the next call can cost there. */
export type NextTier = { readonly model: string; readonly microUsd: number };

/** What the decision looks at. `times` counts this evidence on this tier, the present one included. */
export type Seen = {
  readonly evidence: Evidence;
  readonly times: number;
  readonly model: string;
  readonly next: NextTier | undefined;
  /** Most that the same model's next call can cost. */
  readonly againMicroUsd: number | undefined;
  /** What the run's budget has left, the present turn paid and calls in doubt set aside. */
  readonly leftMicroUsd: number;
};

/** `stay`: neither, for the reason given; a flawed answer then ends the run, and a broken tool is the model's to deal with. */
export type Escalation =
  | { readonly kind: "climb"; readonly to: string; readonly nextMicroUsd: number; readonly because: string }
  | { readonly kind: "again"; readonly nextMicroUsd: number; readonly because: string }
  | { readonly kind: "stay"; readonly because: string };

/** Tier above a model that evidence may lift a run to; a model that is not on the ladder has none. */
export function tierAbove({ tiers, top }: Ladder, model: string): string | undefined {
  const at = tiers.findIndex((tier) => tier.model === model);
  return at < 0 || at + 1 > top ? undefined : tiers[at + 1]?.model;
}

const WORDS = {
  invalid: "the output was invalid",
  cut: "the answer reached max_tokens",
  tool: "the same tool error came",
  verify: "the agent's verify said no",
} as const satisfies Record<Evidence, string>;

const seenTimes = ({ evidence, times, model }: Seen): string =>
  `${WORDS[evidence]} ${times === 1 ? "once" : times === 2 ? "twice" : `${times} times`} on ${model}`;

/** A run is lifted at most once per tier (a ladder only goes up), and never when its budget does not cover the next call there. */
export function afterEvidence(seen: Seen): Escalation {
  const { evidence, times, next, againMicroUsd, leftMicroUsd } = seen;
  const what = seenTimes(seen);
  const due = times >= timesToClimb[evidence];
  if (due && next !== undefined && next.microUsd <= leftMicroUsd)
    return { kind: "climb", to: next.model, nextMicroUsd: next.microUsd, because: `${what}: on to ${next.model}` };
  const noWay =
    next === undefined
      ? "there is no higher tier"
      : `a call on ${next.model} may cost ${next.microUsd} micro-USD; ${leftMicroUsd} are left`;
  if (evidence === "tool") return { kind: "stay", because: due ? `${what}; ${noWay}` : what };
  if (times > 1) return { kind: "stay", because: `${what}; ${noWay}` };
  if (againMicroUsd === undefined || againMicroUsd > leftMicroUsd) {
    const most = againMicroUsd === undefined ? "has no price" : `may cost ${againMicroUsd} micro-USD`;
    return { kind: "stay", because: `${what}; another call ${most}; ${leftMicroUsd} are left` };
  }
  return { kind: "again", nextMicroUsd: againMicroUsd, because: `${what}: the model is told what is wrong` };
}
