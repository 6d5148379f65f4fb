/** How machines of one pool are handed out: a burst at once, the others at a rate; none while there is a drought. */
import type { PoolPlan } from "../fleet.ts";
import type { Span } from "../traffic/traffic.ts";

/** `droughts`: spans in which nothing is launched. */
export class PoolLaunches {
  readonly #plan: PoolPlan;
  readonly #droughts: readonly Span[];
  #tokens: number;
  #atMs: number;

  constructor(plan: PoolPlan, droughts: readonly Span[], startMs: number) {
    this.#plan = plan;
    this.#droughts = droughts;
    this.#tokens = plan.launchBurst;
    this.#atMs = startMs;
  }

  isDry(nowMs: number): boolean {
    return this.#droughts.some(({ fromMs, untilMs }) => nowMs >= fromMs && nowMs < untilMs);
  }

  /** When the next machine that is asked for now is launched, in ms from now; each call takes one. */
  delayMs(nowMs: number): number {
    const { launchBurst, launchPerSecond } = this.#plan;
    this.#tokens = Math.min(launchBurst, this.#tokens + ((nowMs - this.#atMs) / 1_000) * launchPerSecond);
    this.#atMs = nowMs;
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / launchPerSecond) * 1_000;
  }
}
