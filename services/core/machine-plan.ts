/** How many worker processes a machine takes, and how many slots each: by the CPU and the memory that are there. Pure. */
import { limits } from "../contract/limits.ts";
import { MIB } from "../contract/units.ts";

/** What a container finds: CPUs that it may use, and the memory up to which it is not killed. */
export type Machine = { readonly vcpu: number; readonly memoryBytes: number };

/** What the deployment wants of a machine. */
export type MachineWish = { readonly slotsPerVcpu: number; readonly vcpuPerProcess: number };

/** Worker processes and what each gets; `heapMiB` bounds the heap of one, so that all together stay within the memory. */
export type MachinePlan = { readonly processes: number; readonly slots: number; readonly heapMiB: number };

/**
 * One process for every `vcpuPerProcess`, at least one. Slots by CPU, but no slot above the share of the memory that runs may
 * fill (`limits.memoryShare`): a machine with little memory opens fewer.
 */
export function planMachine(
  { vcpu, memoryBytes }: Machine,
  { slotsPerVcpu, vcpuPerProcess }: MachineWish,
): MachinePlan {
  const processes = Math.max(1, Math.floor(vcpu / vcpuPerProcess));
  const usable = memoryBytes * limits.memoryShare;
  const byMemory = Math.floor((usable / processes - limits.workerBytes) / limits.slotBytes);
  const byCpu = Math.floor((vcpu * slotsPerVcpu) / processes);
  return {
    processes,
    slots: Math.max(1, Math.min(byCpu, byMemory)),
    heapMiB: Math.max(limits.heapLeastMiB, Math.floor(usable / processes / MIB)),
  };
}
