/** POST /v1/fleet/workers/{id}/drain */
import { z } from "zod";
import { drainAnswer } from "../../contract/capacity-view.ts";
import { workerId } from "../../contract/ids.ts";
import { refuse } from "../problem.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";

export const drainWorker = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/fleet/workers/{id}/drain",
  operation: "drainWorker",
  access: "operator",
  summary: "Ask a worker to take no more runs, give its own back after the turn in flight, and leave",
  description: "Its runs go on elsewhere within seconds; another worker takes its place. Asked twice, it happens once.",
  params: only(z.object({ id: workerId })),
  answers: {
    200: { what: "It was told", schema: drainAnswer, example: { id: "w_0123456789abcdef", draining: true } },
  },
  refusals: ["worker-not-found"],
  handle: async ({ fleet }, { params: { id } }) =>
    (await fleet.requestDrain(id))
      ? json({ id, draining: true })
      : refuse("worker-not-found", "GET /v1/fleet lists the workers that there are"),
});
