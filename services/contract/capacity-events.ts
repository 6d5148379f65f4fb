/** Scaling as it is stored and shown: what was decided and done, and what a person may order. */
import { z } from "zod";
import { because } from "./capacity-because.ts";
import { pool } from "./ids.ts";
import { limits } from "./limits.ts";

const count = z.int().nonnegative();
const atMs = z.int();

/** Names an entry: by its time, and where several are of one time by who tells them and which of his it is. */
export const scalingEventId = (atMs: number, teller: string, n = 0): string =>
  `${String(atMs).padStart(14, "0")}-${teller}-${String(n).padStart(2, "0")}`;

/** One entry of the fleet's scaling history, the newest last. `id` sorts by time and is given once. */
export const scalingEvent = z.discriminatedUnion("kind", [
  /** A pool's target changed, or machines of it were told to leave, or ended. */
  z.object({
    kind: z.literal("target"),
    id: z.string(),
    atMs,
    pool,
    from: count,
    to: count,
    cordoned: count,
    drained: count,
    ended: count,
    because: z.array(because),
  }),
  /** A pool gave less than it was asked for. */
  z.object({
    kind: z.literal("refused"),
    id: z.string(),
    atMs,
    pool,
    answer: z.enum(["no-capacity", "quota", "throttled"]),
    because: z.string().max(limits.detailChars),
  }),
  /** A person's order came, or its time was over. */
  z.object({
    kind: z.literal("order"),
    id: z.string(),
    atMs,
    what: z.enum(["scale", "hold", "resume", "expired"]),
    by: z.string(),
    floorSlots: count.optional(),
    ceilingSlots: count.optional(),
    untilMs: atMs.optional(),
  }),
]);
export type ScalingEvent = z.infer<typeof scalingEvent>;

const slots = count.max(limits.orderSlotsMax);

/** `POST /v1/fleet/scale`. `resume` takes back every order; absent fields leave what is. `until` ends it by itself. */
export const scaleFleet = z
  .strictObject({
    floorSlots: slots.optional(),
    ceilingSlots: slots.optional(),
    hold: z.boolean().optional(),
    resume: z.literal(true).optional(),
    until: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ until, ...what }) => Object.values(what).some((value) => value !== undefined), "names nothing to do")
  .refine(({ resume, floorSlots, ceilingSlots, hold, until }) => {
    return resume === undefined || [floorSlots, ceilingSlots, hold, until].every((value) => value === undefined);
  }, "resume takes back everything, so nothing can stand beside it")
  .refine(({ floorSlots = 0, ceilingSlots = Number.POSITIVE_INFINITY }) => floorSlots <= ceilingSlots, {
    path: ["floorSlots"],
    message: "is above ceilingSlots; lower it",
  })
  .meta({ id: "ScaleFleet" });
export type ScaleFleet = z.infer<typeof scaleFleet>;
