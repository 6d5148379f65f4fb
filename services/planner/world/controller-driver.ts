/** The deployed decision on the virtual clock: every ten seconds, and soon when a submission finds no free slot. */
import { type CapacityMemory, noCapacityMemory, type PoolAnswer } from "../../contract/capacity.ts";
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import { type DemandProfile, noDemandProfile } from "../../contract/capacity-profile.ts";
import { limits } from "../../contract/limits.ts";
import { decide } from "../../core/capacity/decide.ts";
import { learn } from "../../core/capacity/profile.ts";
import { type FleetPlan, plannedPools } from "../fleet.ts";
import type { Span } from "../traffic/traffic.ts";
import type { Agenda } from "./agenda.ts";
import type { Driver, Stage } from "./driver.ts";
import { type ModelFeed, snapshotOf } from "./snapshot.ts";
import { fleetTimes } from "./virtual-fleet.ts";

/** From the look at the queues to machines that launch: what the calls of one decision take together. */
const ACT_MS = 500;

/** What the controller is given. `down`: spans in which it does not run; it comes back without its memory. */
export type ControllerParts = {
  readonly stage: Stage;
  readonly plan: FleetPlan;
  readonly policy: CapacityPolicy;
  readonly feed: ModelFeed | undefined;
  readonly profile: DemandProfile | undefined;
  readonly kick: boolean;
  readonly down: readonly Span[];
  readonly agenda: Agenda;
};

export class ControllerDriver implements Driver {
  decidedAtMs: number | undefined;
  /** Decisions, and how many of them found that something was wrong with what they knew. */
  decisions = 0;
  readonly #parts: ControllerParts;
  #memory: CapacityMemory = noCapacityMemory;
  #profile: DemandProfile;
  #answers: PoolAnswer[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;
  #kicked = false;
  #wasDown = false;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#profile = parts.profile ?? noDemandProfile;
  }

  isDown(nowMs: number): boolean {
    return this.#parts.down.some(({ fromMs, untilMs }) => nowMs >= fromMs && nowMs < untilMs);
  }

  step(nowMs: number, starved: boolean): void {
    this.decidedAtMs = undefined;
    this.#kicked ||= starved && this.#parts.kick;
    if (this.isDown(nowMs)) {
      this.#wasDown = true;
      return;
    }
    if (this.#wasDown) this.#memory = noCapacityMemory;
    this.#wasDown = false;
    const since = nowMs - this.#lastMs;
    const watching = nowMs % limits.watchMs === 0;
    const kicked = this.#kicked && watching && since >= limits.kickLeastMs;
    if (since < limits.decideEveryMs && !kicked) return;
    this.#kicked = false;
    this.#lastMs = nowMs;
    this.#decide(nowMs);
  }

  #decide(nowMs: number): void {
    const { stage, plan, policy, feed } = this.#parts;
    const snapshot = snapshotOf(
      stage,
      { plan, feed, profile: this.#parts.profile && this.#profile, answers: this.#answers, memory: this.#memory },
      nowMs,
    );
    this.#answers = [];
    const { targets, memory, slots } = decide(snapshot, policy, nowMs);
    this.#memory = memory;
    if (this.#parts.profile !== undefined && slots !== undefined)
      this.#profile = learn(this.#profile, slots.demand, nowMs);
    for (const target of targets) this.#act(target, nowMs);
    this.decisions++;
    this.decidedAtMs = nowMs + ACT_MS;
  }

  #act(target: ReturnType<typeof decide>["targets"][number], nowMs: number): void {
    const { stage, agenda } = this.#parts;
    const { fleet, groups } = stage;
    const pool = plannedPools.find((one) => one === target.pool);
    if (pool === undefined) return;
    for (const id of target.end) {
      const machine = fleet.find(pool, id);
      if (machine !== undefined) fleet.end(machine, nowMs);
    }
    const answer = groups.tell(pool, target.machines, nowMs);
    if (answer !== undefined) this.#answers.push(answer);
    if (target.cordon.length + target.drain.length === 0) return;
    agenda.at(nowMs + fleetTimes.heardMs, (ms) => {
      for (const id of target.cordon) {
        const machine = fleet.find(pool, id);
        if (machine !== undefined) fleet.cordon(machine, ms);
      }
      for (const id of target.drain) {
        const machine = fleet.find(pool, id);
        if (machine !== undefined) fleet.leave(machine, ms);
      }
    });
  }
}
