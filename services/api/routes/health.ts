/** GET /healthz: whether this process takes requests. It asks no other service, so that one of those cannot take it down. */
import { z } from "zod";
import { refuse } from "../problem.ts";
import { takesNothing } from "../reader.ts";
import { definePublicRoute, json } from "../route.ts";

export const health = definePublicRoute({
  ...takesNothing,
  method: "GET",
  path: "/healthz",
  operation: "health",
  summary: "Whether the API takes requests",
  answers: {
    200: { what: "It does", schema: z.object({ status: z.literal("ok") }), example: { status: "ok" } },
  },
  refusals: ["unavailable"],
  handle: ({ stopping }) =>
    stopping?.aborted ? refuse("unavailable", "this process is stopping") : json({ status: "ok" }),
});
