/** CloudWatch in place of the controller: an alarm on the backlog, steps while it rings, machines that end themselves when idle. */
import { limits } from "../../contract/limits.ts";
import { nativeSteps, nativeTimes } from "../../contract/native-scaling.ts";
import { MINUTE } from "../../contract/units.ts";
import { type FleetPlan, plannedPools } from "../fleet.ts";
import type { Driver, Stage } from "./driver.ts";

/** A minute's metric can be read so long after the minute is over. */
const METRIC_LATE_MS = 60_000;

/** What CloudWatch acts on. `watched`: whether somebody else scales at the time, as the controller's heartbeat metric says. */
export type NativeParts = {
  readonly stage: Stage;
  readonly plan: FleetPlan;
  readonly watched: (nowMs: number) => boolean;
};

export class NativeDriver implements Driver {
  decidedAtMs: number | undefined;
  readonly #parts: NativeParts;
  /** What the alarm looks at, a value for each of the last minutes; 0 while somebody else scales. */
  readonly #minutes: number[] = [];
  #highest = 0;
  #watchedInMinute = false;
  /** What the last step added, and until when that boots. */
  #added = { machines: 0, tasks: 0, untilMs: 0 };

  constructor(parts: NativeParts) {
    this.#parts = parts;
  }

  step(nowMs: number): void {
    this.decidedAtMs = undefined;
    this.#highest = Math.max(this.#highest, this.#parts.stage.runs.waiting);
    this.#watchedInMinute ||= this.#parts.watched(nowMs);
    if (nowMs % MINUTE !== 0) return;
    this.#minutes.push(this.#watchedInMinute ? 0 : this.#highest);
    const watched = this.#watchedInMinute;
    this.#highest = 0;
    this.#watchedInMinute = false;
    this.#evaluate(nowMs);
    if (!watched) this.#endIdle(nowMs);
  }

  /** All minutes that count must be above the first step; the step is that of the latest. It repeats every minute while that is so. */
  #evaluate(nowMs: number): void {
    const late = METRIC_LATE_MS / nativeTimes.periodMs;
    const seen = this.#minutes.slice(0, this.#minutes.length - late).slice(-nativeTimes.minutes);
    if (this.#minutes.length > nativeTimes.minutes + late) this.#minutes.shift();
    const lowest = nativeSteps[0].from;
    if (seen.length < nativeTimes.minutes || seen.some((value) => value < lowest)) return;
    const value = seen.at(-1) ?? 0;
    const step = nativeSteps.findLast(({ from }) => value >= from);
    if (step === undefined) return;
    this.decidedAtMs = nowMs;
    const warming = nowMs < this.#added.untilMs;
    const machines = step.machines - (warming ? this.#added.machines : 0);
    const tasks = step.tasks - (warming ? this.#added.tasks : 0);
    if (machines <= 0 && tasks <= 0) return;
    this.#added = { ...step, untilMs: nowMs + nativeTimes.warmUpMs };
    this.#add("spot", machines, nowMs);
    this.#add("fargate-spot", tasks, nowMs);
  }

  #add(pool: "spot" | "fargate-spot", count: number, nowMs: number): void {
    const { stage, plan } = this.#parts;
    if (count > 0) stage.groups.tell(pool, Math.min(plan.pools[pool].max, stage.groups.desired[pool] + count), nowMs);
  }

  #endIdle(nowMs: number): void {
    const { fleet, groups } = this.#parts.stage;
    for (const pool of plannedPools) {
      const idle = fleet.machines[pool].filter(
        ({ mode, active, idleSinceMs }) =>
          (mode === "works" || mode === "cordoned") && active === 0 && nowMs - idleSinceMs >= limits.idleLeaveMs,
      );
      const spare = fleet.machines[pool].length - groups.least(pool, nowMs);
      for (const machine of idle.slice(0, Math.max(0, spare))) {
        fleet.end(machine, nowMs);
        groups.desired[pool] = Math.max(groups.least(pool, nowMs), groups.desired[pool] - 1);
      }
    }
  }
}
