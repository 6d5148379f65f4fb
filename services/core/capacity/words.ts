/** Words a reason, for people. Nothing decides by these texts. */
import type { Because, BecauseKind } from "../../contract/capacity-because.ts";

/** Reasons of some kinds, so that a kind and its wording are seen to belong together. */
type Of<K extends BecauseKind = BecauseKind> = { [P in K]: Extract<Because, { kind: P }> }[K];
type Wording = { readonly [K in BecauseKind]: (reason: Of<K>) => string };

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
const machines = (n: number): string => counted(n, "machine");
const seconds = (ms: number): string => {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return `${Math.round(ms / 60_000)} min`;
};
const clock = (atMs: number): string => `${new Date(atMs).toISOString().slice(11, 19)} UTC`;
const usd = (microUsd: number): string => `$${(microUsd / 1_000_000).toFixed(2)}`;
const rounded = (n: number): string => String(Math.round(n * 100) / 100);
const whose = { policy: "the policy's", order: "an order's" } as const;
const causes = {
  "no-capacity": "there is no capacity",
  unfilled: "machines that were asked for do not come",
  quota: "the account's quota is met",
  "boots-late": "its machines do not come up",
} as const;

const wording: Wording = {
  demand: ({ visible, active, slots }) => `${visible} waiting and ${active} active runs need ${counted(slots, "slot")}`,
  isolated: ({ runs }) => `${counted(runs, "run")} of isolated agents need a machine each`,
  utilisation: ({ usedPercent, upPercent, slots }) =>
    `${usedPercent} % of the slots are in use; at ${upPercent} % it would be ${counted(slots, "slot")}`,
  trend: ({ perMinute, aheadMs, slots }) =>
    `demand grows by ${perMinute} a minute: in ${seconds(aheadMs)}, when a machine has booted, it needs ${counted(slots, "slot")}`,
  step: ({ visible, above, addMachines, startingMachines, slots }) =>
    `${visible} waiting is above ${above}: ${addMachines} machines more, ${startingMachines} of them start already (${slots} slots)`,
  "step-taken": ({ waitMs }) => `the last step was just taken; the next one in ${seconds(waitMs)} at the soonest`,
  predicted: ({ slots, weeks, aheadMs }) =>
    `in the next ${seconds(aheadMs)} it was ${counted(slots, "slot")} in ${counted(weeks, "week")} before`,
  unlearned: ({ weeks }) => `this time of the week was not seen in ${counted(weeks, "week")} yet`,
  cpu: ({ percent, outPercent, slots }) => `CPU is at ${percent} %, above ${outPercent} %: ${counted(slots, "slot")}`,
  first: ({ visible }) => `${visible} waiting and no machine`,
  burst: ({ visible, above, untilMs }) => `a burst: ${visible} waiting is above ${above}; until ${clock(untilMs)}`,
  oldest: ({ lane, ageMs, aboveMs, untilMs }) =>
    `a burst: a run has waited ${seconds(ageMs)} in lane ${lane}, more than ${seconds(aboveMs)}; until ${clock(untilMs)}`,
  "burst-lasts": ({ untilMs }) => `the burst counts until ${clock(untilMs)}`,
  floor: ({ slots, by }) => `${whose[by]} floor is ${counted(slots, "slot")}`,
  ceiling: ({ slots, by, needed }) => `${whose[by]} ceiling is ${counted(slots, "slot")}, ${needed} were needed`,
  "model-rate": ({ limitClass, slots, callsPerMinute, callsPerRunMinute, needed }) =>
    `${limitClass} lets ${rounded(callsPerMinute)} calls a minute through, a run makes ${rounded(callsPerRunMinute)}: more than ${counted(slots, "slot")} would only wait, ${needed} were needed`,
  budget: ({ slots, leftMicroUsd, needed }) =>
    `the fleet's budget has ${usd(leftMicroUsd)} left, which pays for ${counted(slots, "slot")}; ${needed} were needed`,
  "pool-min": ({ pool, machines: n }) => `the minimum of ${pool} is ${machines(n)}`,
  "pool-max": ({ pool, machines: n }) => `${pool} is at its maximum of ${machines(n)}`,
  "all-full": ({ slots, wanted }) => `all pools together may have ${counted(slots, "slot")}, ${wanted} were wanted`,
  launch: ({ pool, machines: n, wanted, have }) =>
    `${machines(n)} more in ${pool}: its part is ${wanted}, it has ${have}`,
  fallback: ({ pool, machines: n, from }) =>
    `${pool} stands in for ${from.join(" and ")}, which can give no more (${machines(n)})`,
  return: ({ pool, machines: n }) => `${machines(n)} in ${pool} take over what others stood in for`,
  "no-capacity": ({ pool, cause, probeAtMs }) =>
    `${pool} is left out, ${causes[cause]}; it is tried again at ${clock(probeAtMs)}`,
  probe: ({ pool, machines: n, untilMs }) => `${pool} is tried with ${machines(n)} until ${clock(untilMs)}`,
  "pool-back": ({ pool }) => `${pool} takes part again`,
  late: ({ pool, machines: n, afterMs }) =>
    `${machines(n)} in ${pool} started more than ${seconds(afterMs)} ago and did not come up: not counted on`,
  surplus: ({ pool, machines: n, keep, running, windowMs }) =>
    `${machines(n)} in ${pool} may leave: ${running} slots run, at most ${keep} were needed in ${seconds(windowMs)}`,
  "above-max": ({ pool, machines: n, max }) => `${machines(n)} in ${pool} must leave: its maximum is ${max}`,
  idle: ({ pool, machines: n }) => `${machines(n)} in ${pool} take no runs and have none: drained`,
  impatient: ({ pool, machines: n, afterMs }) =>
    `${machines(n)} in ${pool} still have runs after ${seconds(afterMs)}: released, they go on elsewhere`,
  drained: ({ pool, machines: n }) => `${machines(n)} in ${pool} have drained: ended`,
  "boot-failed": ({ pool, machines: n, afterMs }) =>
    `${machines(n)} in ${pool} did not come up in ${seconds(afterMs)}: ended`,
  enough: ({ wanted, running, starting }) => `${counted(wanted, "slot")} wanted, ${running} run, ${starting} start`,
  hold: ({ signal, why }) => `${signal} is unknown (${why}): nothing is changed`,
  unseen: ({ pool, why, slots }) =>
    `${pool} is unknown (${why}): it stays as it is, its workers have ${counted(slots, "slot")}`,
  "order-hold": ({ by, untilMs }) => `held by ${by}${untilMs === undefined ? "" : ` until ${clock(untilMs)}`}`,
  "keep-window": ({ running, keep, windowMs }) =>
    `${running} slots run, ${keep} of them were needed within ${seconds(windowMs)}: they stay`,
  "keep-learning": ({ seenMs, windowMs }) =>
    `the need is known for ${seconds(seenMs)} only; nothing leaves before ${seconds(windowMs)}`,
  "keep-tolerance": ({ surplus, least }) => `${counted(surplus, "slot")} too many; fewer than ${least} stay`,
  "keep-slow": ({ waitMs }) => `machines left just now; more may in ${seconds(waitMs)}`,
  "keep-cpu": ({ percent, inPercent }) => `CPU may be at ${percent} %; machines leave below ${inPercent} % only`,
  "keep-used": ({ usedPercent, downPercent }) =>
    `${usedPercent} % of the slots are in use; machines leave below ${downPercent} % only`,
  "keep-launching": ({ starting }) => `machines are being launched (${starting} slots start): none leaves`,
};

/** One reason as a clause without a full stop. */
export const wordsOf = <K extends BecauseKind>(reason: Of<K>): string => wording[reason.kind](reason);
