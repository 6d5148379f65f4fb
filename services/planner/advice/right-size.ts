/** Whether machines are of the right size for their slots: memory within the soft limit, CPU within what runs take. Pure. */
import { type MachineType, machinePrices } from "../../contract/capacity-prices.ts";
import { limits } from "../../contract/limits.ts";
import { planMachine } from "../../core/machine-plan.ts";
import { slotsOf } from "../machine-cost.ts";

const BYTES_PER_GIB = 1_073_741_824;

/** Parts are of the whole machine. `slotsPerVcpuAtMost`: more would exceed the soft limit of memory, whatever the CPU says. */
export type RightSize = {
  readonly softLimit: number;
  readonly memoryPart: number;
  readonly slotsPerVcpu: number;
  readonly slotsPerVcpuAtMost: number;
};

/** Memory of a full machine, by what a worker and a run take (`limits.workerBytes`, `limits.slotBytes`). */
export function rightSize(type: MachineType, slotsPerVcpu: number): RightSize {
  const { vcpu, memoryGib } = machinePrices.types[type];
  const bytes = memoryGib * BYTES_PER_GIB;
  const { processes } = planMachine(
    { vcpu, memoryBytes: bytes },
    { slotsPerVcpu, vcpuPerProcess: limits.vcpuPerProcess },
  );
  const workers = processes * limits.workerBytes;
  const usable = bytes * limits.memoryShare - workers;
  return {
    softLimit: limits.memoryShare,
    memoryPart: (workers + slotsOf(type, slotsPerVcpu) * limits.slotBytes) / bytes,
    slotsPerVcpu,
    slotsPerVcpuAtMost: Math.floor(usable / limits.slotBytes / vcpu),
  };
}
