/** The limits of a class as the API shows and takes them. */
import { z } from "zod";
import { rateControl, rateLimit } from "./rate.ts";

/** A limit class with its limits. Absent limits: no worker has used the class yet, and nobody has set one. */
export const limitView = z
  .object({
    limitClass: z.string(),
    platform: z.string().optional(),
    limit: rateLimit.optional(),
    /** `operator`: set at run time, kept whatever a worker's settings say. */
    setBy: z.enum(["settings", "operator"]).optional(),
    /** What the server's own headers said, where that is lower; it wins. */
    server: rateControl.shape.server.optional(),
    /** Requests a minute at full rate, and the share of it at which calls start now. */
    requestsPerMinute: z.number().optional(),
    share: z.number().optional(),
    pausedUntil: z.iso.datetime().optional(),
  })
  .meta({ id: "Limit" });
export type LimitView = z.infer<typeof limitView>;
export const limitList = z.object({ limits: z.array(limitView) }).meta({ id: "LimitList" });

/** Fields that are left out stay as they are. */
export const limitChange = rateLimit
  .partial()
  .refine((change) => Object.keys(change).length > 0, "give at least one field")
  .meta({ id: "LimitChange" });
export type LimitChange = z.infer<typeof limitChange>;
