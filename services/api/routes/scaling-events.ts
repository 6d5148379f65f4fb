/** GET /v1/fleet/events */
import { z } from "zod";
import { scalingEventList } from "../../contract/capacity-view.ts";
import { limits } from "../../contract/limits.ts";
import { scalingEventViewOf } from "../capacity-view.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { exampleScalingEvent } from "./capacity-examples.ts";

const eventId = z.string().regex(/^\d{14}-[a-z0-9-]{1,40}$/, "a cursor that this list gave");
const query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(limits.scalingEventsMax).default(limits.pageDefault),
  cursor: eventId.optional(),
});

export const scalingEvents = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/fleet/events",
  operation: "listScalingEvents",
  access: "operator",
  summary: "What was scaled, when and why; the newest first",
  description: "Kept for 30 days. Without scaling there is nothing to list.",
  query: only(query),
  answers: { 200: { what: "A page", schema: scalingEventList, example: { events: [exampleScalingEvent] } } },
  refusals: [],
  handle: async ({ scalingStores }, { query: { limit, cursor } }) => {
    const events = (await scalingStores?.log.list(limit, cursor)) ?? [];
    const last = events.length === limit ? events.at(-1)?.id : undefined;
    return json({ events: events.map(scalingEventViewOf), ...(last === undefined ? {} : { cursor: last }) });
  },
});
