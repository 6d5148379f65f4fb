import { randomUUID } from "node:crypto";
import type { Chance } from "../../ports/clock.ts";

/** The randomness of this machine; ids are random UUIDs (122 bits, from the system's secure source). */
export const systemChance: Chance = {
  fraction: () => Math.random(),
  id: () => randomUUID(),
};
