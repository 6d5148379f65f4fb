/** CPU and memory of processes by role, as the operating system counts them (Linux only; elsewhere unknown). */
import { readFile } from "node:fs/promises";

export type Pids = Readonly<Record<string, readonly number[]>>;
export type Usage = { readonly cpuMs: number; readonly peakRssBytes: number };

/** Ticks of /proc/PID/stat are hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10;

async function usageOf(pid: number): Promise<Usage | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const peakKib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, peakRssBytes: peakKib * 1_024 };
  } catch {
    return undefined;
  }
}

/** Sum over the processes of each role; a role of which nothing is known is left out. */
export async function usageByRole(pids: Pids): Promise<Record<string, Usage>> {
  const usage: Record<string, Usage> = {};
  for (const [role, ids] of Object.entries(pids)) {
    const known = (await Promise.all(ids.map(usageOf))).filter((one) => one !== undefined);
    if (known.length === 0) continue;
    usage[role] = {
      cpuMs: known.reduce((sum, one) => sum + one.cpuMs, 0),
      peakRssBytes: known.reduce((sum, one) => sum + one.peakRssBytes, 0),
    };
  }
  return usage;
}

/** CPU between two readings for each of `runs`, by role, with the sum. Milliseconds. */
export function cpuPerRun(
  before: Record<string, Usage>,
  after: Record<string, Usage>,
  runs: number,
): Record<string, number> {
  const perRun = Object.entries(after).map(([role, { cpuMs }]): [string, number] => [
    role,
    round((cpuMs - (before[role]?.cpuMs ?? 0)) / runs),
  ]);
  return { ...Object.fromEntries(perRun), sum: round(perRun.reduce((sum, [, ms]) => sum + ms, 0)) };
}

export const round = (n: number): number => Math.round(n * 100) / 100;
