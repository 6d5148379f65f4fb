/** Events of workers, machines and the fleet as a whole; part of the catalogue (`events.ts`). */
import { z } from "zod";
import { lane, pool, workerId } from "./ids.ts";

type Level = "debug" | "info" | "warn" | "error";

const event = <S extends z.ZodObject>(code: string, level: Level, text: string, payload: S) =>
  ({ code, level, text, payload }) as const;

/** Spread into `events`, which is where they are used by name. */
export const fleetEvents = {
  "worker.mode": event(
    "MU2001",
    "info",
    "a worker changed its mode",
    z.object({ workerId, mode: z.string(), because: z.string() }),
  ),
  "worker.buried": event(
    "MU2002",
    "warn",
    "a worker fell silent or its end was seen; its runs are queued again",
    z.object({ workerId, because: z.string() }),
  ),
  "worker.stale": event(
    "MU2003",
    "warn",
    "a worker has no fresh heartbeat and starts nothing",
    z.object({ workerId, silentMs: z.number() }),
  ),
  "worker.notice": event(
    "MU2004",
    "info",
    "a worker was told to stop, or that a stop is likely",
    z.object({ workerId, source: z.string(), asks: z.enum(["cordon", "release"]), deadlineAtMs: z.int().optional() }),
  ),
  "stop-source.failed": event(
    "MU2005",
    "warn",
    "a source of stop notices does not answer, or not as documented; it is asked again",
    z.object({ source: z.string(), because: z.string() }),
  ),
  "stop-source.unseen": event(
    "MU2006",
    "debug",
    "a source of stop notices never answered; it is asked once a minute",
    z.object({ source: z.string(), because: z.string() }),
  ),
  "task-protection.failed": event(
    "MU2007",
    "warn",
    "the task could not be protected from scale-in, or the protection not given up",
    z.object({ workerId, because: z.string() }),
  ),
  "fleet-event.told": event(
    "MU2008",
    "info",
    "a worker is asked to drain or to take no new run, because of what AWS says of its machine or task",
    z.object({ workerId, asks: z.enum(["cordon", "drain"]), because: z.string() }),
  ),
  "fleet-event.malformed": event(
    "MU2009",
    "warn",
    "an event of AWS is not as documented; nothing was done",
    z.object({ because: z.string() }),
  ),
  "fleet.measured": event(
    "MU2010",
    "debug",
    "the controller measured the fleet; what it could not measure is absent",
    z.object({
      lanes: z.array(z.object({ lane, waiting: z.int().optional(), oldestMs: z.int().optional() })),
      pools: z.array(z.object({ pool, used: z.int(), free: z.int() })),
      breakersOpen: z.int().optional(),
    }),
  ),
  "fleet.scaled": event(
    "MU8001",
    "info",
    "a pool was told another size, or machines of it were told to leave; `because` says why",
    z.object({
      ...{ pool, from: z.int(), to: z.int(), cordoned: z.int(), drained: z.int(), ended: z.int() },
      because: z.array(z.string()),
    }),
  ),
  "fleet.refused": event(
    "MU8002",
    "warn",
    "a pool gave less than it was asked for",
    z.object({ pool, answer: z.string(), because: z.string() }),
  ),
} as const;
