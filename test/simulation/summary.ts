/** What many seeds came to together. */
import type { FaultName } from "./engine/faults.ts";
import type { Violation } from "./outcome.ts";
import type { SeedResult } from "./seeds.ts";

export class Summary {
  seeds = 0;
  runs = 0;
  steps = 0;
  cpuMs = 0;
  readonly violations: Violation[] = [];
  readonly faults: Partial<Record<FaultName, number>> = {};
  readonly ends: Record<string, number> = {};
  readonly seen: Record<string, number> = {};

  add({ outcome, cpuMs }: SeedResult): void {
    this.seeds++;
    this.runs += outcome.runs;
    this.steps += outcome.steps;
    this.cpuMs += cpuMs;
    if (outcome.violation !== undefined) this.violations.push(outcome.violation);
    for (const [name, count] of Object.entries(outcome.ends)) this.ends[name] = (this.ends[name] ?? 0) + count;
    for (const [name, count] of Object.entries(outcome.seen)) this.seen[name] = (this.seen[name] ?? 0) + count;
    addCounts(this.faults, outcome.faults);
  }

  /** The last line of a long run. CPU time is of the whole process, so it is counted once by the caller. */
  line(wallMs: number, cpuMs: number): string {
    const { seeds, runs, steps, faults, ends, seen } = this;
    const violations = this.violations.map(({ promise, seed, step }) => ({ promise, seed, step }));
    const runsPerSecond = Math.round(runs / (wallMs / 1_000));
    const runsPerCpuSecond = Math.round(runs / (cpuMs / 1_000));
    return JSON.stringify({ seeds, runs, steps, violations, runsPerSecond, runsPerCpuSecond, ends, seen, faults });
  }
}

function addCounts(into: Partial<Record<FaultName, number>>, counts: Partial<Record<FaultName, number>>): void {
  for (const name of Object.keys(counts)) {
    const fault = name as FaultName;
    into[fault] = (into[fault] ?? 0) + (counts[fault] ?? 0);
  }
}

/** A violation as a person reads it, with the command that shows it again. */
export const tell = (violation: Violation, again: string): string =>
  [
    `broken: ${violation.promise}: ${violation.detail}`,
    `seed ${violation.seed}, step ${violation.step}, ${violation.atMs} ms, run ${violation.runId ?? "(none)"}`,
    ...violation.story.map((line) => `  ${line}`),
    `again: npm run simulate -- ${again}`,
    "",
  ].join("\n");
