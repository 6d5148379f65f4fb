/** What a machine or a task costs in an hour, and how many slots it opens. Pure. */
import { besidesPrices, fargatePrices, type MachineType, machinePrices } from "../contract/capacity-prices.ts";
import { limits } from "../contract/limits.ts";
import { planMachine } from "../core/machine-plan.ts";

const GIB = 1_073_741_824;

/** A Fargate task as the stacks make it. */
export const FARGATE_TASK = { vcpu: 1, memoryGib: 2 } as const;

/** Slots of a machine: by its CPU and its memory, as the worker there reckons them. */
export function slotsOf(type: MachineType, slotsPerVcpu: number): number {
  const { vcpu, memoryGib } = machinePrices.types[type];
  const wish = { slotsPerVcpu, vcpuPerProcess: limits.vcpuPerProcess };
  const { processes, slots } = planMachine({ vcpu, memoryBytes: memoryGib * GIB }, wish);
  return processes * slots;
}

/** USD an hour, with disk and public address. */
export function machineUsdPerHour(type: MachineType, discount: number): number {
  const { publicAddressUsdPerHour, diskUsdPerHour } = besidesPrices;
  return machinePrices.types[type].onDemandUsdPerHour * (1 - discount) + publicAddressUsdPerHour + diskUsdPerHour;
}

/** USD an hour of a task, with its public address. */
export function fargateUsdPerHour(discount: number): number {
  const { usdPerVcpuHour, usdPerGibHour } = fargatePrices;
  const { vcpu, memoryGib } = FARGATE_TASK;
  return (vcpu * usdPerVcpuHour + memoryGib * usdPerGibHour) * (1 - discount) + besidesPrices.publicAddressUsdPerHour;
}
