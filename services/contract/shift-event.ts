/** What calls a shift of the controller: the schedule, whose event says nothing, or somebody who found it at rest. */
import { z } from "zod";

/** Of somebody who found no free slot while the controller rested. */
export const wakeEvent = { wake: true } as const;

const shape = z.object({ wake: z.literal(true) });

/** Whether somebody waits for this shift. */
export const isWake = (event: unknown): boolean => shape.safeParse(event).success;
