/**
 * What AWS does by itself: a group keeps as many machines as it was told, never below its minimum, and replaces those that
 * are taken.
 */
import type { PoolAnswer } from "../../contract/capacity.ts";
import { HOUR } from "../../contract/units.ts";
import { type FleetPlan, type PlannedPool, plannedPools } from "../fleet.ts";
import type { Span } from "../traffic/traffic.ts";
import type { Agenda } from "./agenda.ts";
import { PoolLaunches } from "./pool-launches.ts";
import type { VirtualFleet } from "./virtual-fleet.ts";

/** How soon a group notices that a machine is missing. */
const REPLACE_EVERY_MS = 15_000;

/** What the groups act on. `droughts`: spans without Spot machines. */
export type GroupParts = {
  readonly plan: FleetPlan;
  readonly fleet: VirtualFleet;
  readonly agenda: Agenda;
  readonly droughts: readonly Span[];
  readonly startMs: number;
};

/** Machines that were launched, or were refused. */
export type Launched = {
  readonly atMs: number;
  readonly pool: PlannedPool;
  readonly kind: "launched" | "refused";
  readonly machines: number;
};

export class Groups {
  readonly launches: Launched[] = [];
  readonly desired: Record<PlannedPool, number> = { spot: 0, "on-demand": 0, "fargate-spot": 0, fargate: 0 };
  readonly #parts: GroupParts;
  readonly #launches: Readonly<Record<PlannedPool, PoolLaunches>>;
  /** Launched, and not there yet because machines are handed out at a rate. */
  readonly #coming: Record<PlannedPool, number> = { spot: 0, "on-demand": 0, "fargate-spot": 0, fargate: 0 };
  #lookedMs: number;

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#lookedMs = parts.startMs;
    const launches = (pool: PlannedPool) =>
      new PoolLaunches(parts.plan.pools[pool], pool === "spot" ? parts.droughts : [], parts.startMs);
    this.#launches = {
      spot: launches("spot"),
      "on-demand": launches("on-demand"),
      "fargate-spot": launches("fargate-spot"),
      fargate: launches("fargate"),
    };
  }

  /** Machines that a pool has at least now: its minimum, and what is pre-warmed. */
  least(pool: PlannedPool, nowMs: number): number {
    const { pools, prewarm } = this.#parts.plan;
    const { min, max } = pools[pool];
    if (pool !== "spot") return min;
    const date = new Date(nowMs);
    const hour = (nowMs % (24 * HOUR)) / HOUR;
    const warm = prewarm
      .filter(
        ({ fromHour, untilHour, days }) => hour >= fromHour && hour < untilHour && days.includes(date.getUTCDay()),
      )
      .map(({ machines }) => machines);
    return Math.min(max, Math.max(min, ...warm));
  }

  /** Begins with the minimum of every pool, booted. */
  begin(nowMs: number): void {
    for (const pool of plannedPools) {
      this.desired[pool] = this.least(pool, nowMs);
      for (let i = 0; i < this.desired[pool]; i++) this.#parts.fleet.launch(pool, nowMs, true);
    }
  }

  /** Makes `machines` the desired number and launches what is missing; the answer is undefined when all of it comes. */
  tell(pool: PlannedPool, machines: number, nowMs: number): PoolAnswer | undefined {
    const there = this.#parts.fleet.machines[pool].length + this.#coming[pool];
    this.desired[pool] = Math.max(machines, this.least(pool, nowMs));
    if (this.desired[pool] <= there) return undefined;
    if (!this.#launches[pool].isDry(nowMs)) {
      this.#launch(pool, this.desired[pool] - there, nowMs);
      return undefined;
    }
    this.launches.push({ atMs: nowMs, pool, kind: "refused", machines: this.desired[pool] - there });
    // A synchronous launch that is refused leaves the group as it was.
    this.desired[pool] = there;
    return { pool, atMs: nowMs, kind: "no-capacity", because: "no capacity of any type in any zone" };
  }

  /** Looks for machines that are missing; call it every second. */
  keep(nowMs: number): void {
    if (nowMs - this.#lookedMs < REPLACE_EVERY_MS) return;
    this.#lookedMs = nowMs;
    for (const pool of plannedPools) {
      this.desired[pool] = Math.max(this.desired[pool], this.least(pool, nowMs));
      const missing = this.desired[pool] - this.#parts.fleet.machines[pool].length - this.#coming[pool];
      if (missing > 0 && !this.#launches[pool].isDry(nowMs)) this.#launch(pool, missing, nowMs);
    }
  }

  #launch(pool: PlannedPool, machines: number, nowMs: number): void {
    const { fleet, agenda } = this.#parts;
    this.launches.push({ atMs: nowMs, pool, kind: "launched", machines });
    for (let i = 0; i < machines; i++) {
      const delayMs = this.#launches[pool].delayMs(nowMs);
      if (delayMs < 1_000) {
        fleet.launch(pool, nowMs);
        continue;
      }
      this.#coming[pool]++;
      agenda.at(nowMs + delayMs, (ms) => {
        this.#coming[pool]--;
        if (fleet.machines[pool].length < this.desired[pool]) fleet.launch(pool, ms);
      });
    }
  }
}
