import type { CpuGauge } from "../../ports/cpu-gauge.ts";

/** What the runtime says of a process's CPU, in microseconds; `process` says it. */
export type CpuSource = { cpuUsage(): { readonly user: number; readonly system: number } };

/** CPU of this process: its own code's and what the system did for it. */
export function cpuGauge(source: CpuSource = process): CpuGauge {
  return {
    usedMs: () => {
      const { user, system } = source.cpuUsage();
      return (user + system) / 1_000;
    },
  };
}
