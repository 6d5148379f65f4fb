/** Which machines give slots cheapest, by CPU and memory. Pure. */
import { type MachineType, machinePrices } from "../../contract/capacity-prices.ts";
import { limits } from "../../contract/limits.ts";
import { FARGATE_TASK, fargateUsdPerHour, machineUsdPerHour, slotsOf } from "../machine-cost.ts";

const MIB_PER_GIB = 1_024;

/** One row; USD for one slot and hour. `memoryMibPerSlot`: what a run could use within the soft limit. */
export type TypeRow = {
  readonly type: string;
  readonly slots: number;
  readonly onDemandUsd: number;
  readonly spotUsd: number;
  readonly memoryMibPerSlot: number;
};

const memoryOf = (memoryGib: number, slots: number): number => (memoryGib * MIB_PER_GIB * limits.memoryShare) / slots;

/** All types and a Fargate task, the cheapest Spot slot first. */
export function typeMix(
  slotsPerVcpu: number,
  discounts: { readonly spot: number; readonly fargateSpot: number },
): TypeRow[] {
  const types = Object.keys(machinePrices.types) as MachineType[];
  const rows = types.map((type): TypeRow => {
    const slots = slotsOf(type, slotsPerVcpu);
    return {
      type,
      slots,
      onDemandUsd: machineUsdPerHour(type, 0) / slots,
      spotUsd: machineUsdPerHour(type, discounts.spot) / slots,
      memoryMibPerSlot: memoryOf(machinePrices.types[type].memoryGib, slots),
    };
  });
  const slots = FARGATE_TASK.vcpu * slotsPerVcpu;
  const fargate: TypeRow = {
    type: "Fargate 1 vCPU, 2 GB",
    slots,
    onDemandUsd: fargateUsdPerHour(0) / slots,
    spotUsd: fargateUsdPerHour(discounts.fargateSpot) / slots,
    memoryMibPerSlot: memoryOf(FARGATE_TASK.memoryGib, slots),
  };
  return [...rows, fargate].toSorted((a, b) => a.spotUsd - b.spotUsd || (a.type < b.type ? -1 : 1));
}
