/** Events of those who keep the fleet running: controllers and machines; part of the catalogue. */
import { z } from "zod";
import { workerId } from "./ids.ts";

const term = z.object({ holder: z.string(), epoch: z.int() });
const why = z.object({ because: z.string() });

/** Spread into `events`. */
export const controlEvents = {
  "worker.memory": {
    code: "MU2025",
    level: "info",
    text: "a worker's machine has little memory left, or enough again: no slot opens, or slots open",
    payload: z.object({ workerId, gate: z.enum(["open", "closed"]), usedPercent: z.int() }),
  },
  "controller.leads": { code: "MU2020", level: "info", text: "a controller leads", payload: term },
  "controller.follows": {
    code: "MU2021",
    level: "warn",
    text: "a controller does not lead any more: another does, or the lease could not be renewed",
    payload: term,
  },
  "controller.decided": {
    code: "MU2022",
    level: "debug",
    text: "the leader decided about capacity and did it: the controller's heartbeat; a hold for want of data is none",
    payload: z.object({ epoch: z.int() }),
  },
  "machine.leaves": {
    code: "MU2023",
    level: "info",
    text: "a machine that nobody scales in ends itself",
    payload: why,
  },
  "machine.kept": {
    code: "MU2024",
    level: "info",
    text: "a machine that nobody scales in would end itself and may not",
    payload: why,
  },
} as const;
