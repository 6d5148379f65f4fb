/** How busy a worker keeps its CPU: a mean of the last half to whole minute, so that one busy second moves nothing. */
import { limits } from "../contract/limits.ts";
import type { Clock } from "../ports/clock.ts";
import type { CpuGauge } from "../ports/cpu-gauge.ts";

type Mark = { readonly atMs: number; readonly usedMs: number };

export class CpuMeter {
  readonly #cpu: CpuGauge | undefined;
  readonly #clock: Clock;
  /** Since when the mean counts, and what it will count from next. */
  #since: Mark | undefined;
  #next: Mark | undefined;

  constructor({ cpu, clock }: { readonly cpu?: CpuGauge | undefined; readonly clock: Clock }) {
    this.#cpu = cpu;
    this.#clock = clock;
  }

  /**
   * For a beat, in percent of one vCPU: a process runs its code in one thread, so near 100 it can do no more, however many vCPU there are.
   * Nothing where nobody measures, and until it was measured for one beat.
   */
  say(): { readonly cpuPercent?: number } {
    if (this.#cpu === undefined) return {};
    const now: Mark = { atMs: this.#clock.monotonicMs(), usedMs: this.#cpu.usedMs() };
    this.#since ??= now;
    this.#next ??= now;
    if (now.atMs - this.#next.atMs >= limits.cpuMeanMs / 2) {
      this.#since = this.#next;
      this.#next = now;
    }
    const overMs = now.atMs - this.#since.atMs;
    if (overMs < limits.heartbeatMs / 2) return {};
    return { cpuPercent: Math.round(((now.usedMs - this.#since.usedMs) / overMs) * 100) };
  }
}
