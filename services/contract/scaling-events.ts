/** Events of orders on capacity, and of workers that are replaced; part of the catalogue. */
import { z } from "zod";
import { pool, workerId } from "./ids.ts";

/** Spread into `events`. */
export const scalingEvents = {
  "scaling.ordered": {
    code: "MU8301",
    level: "info",
    text: "an operator gave an order on capacity, or took it back",
    payload: z.object({ what: z.string(), by: z.string() }),
  },
  "worker.stuck": {
    code: "MU2030",
    level: "warn",
    text: "a worker beats and has active runs, and none of them moves; it is drained, or buried if it does not leave",
    payload: z.object({ workerId, forMs: z.number(), act: z.enum(["drain", "bury"]) }),
  },
  "worker.astray": {
    code: "MU2031",
    level: "warn",
    text: "a worker does not say on which machine it is, which keeps its pool from being scaled; it is drained",
    payload: z.object({ workerId, pool, forMs: z.number() }),
  },
} as const;
