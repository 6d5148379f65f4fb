/** Examples of capacity that the documentation shows; a test parses each with the schema that it stands at. */
import { capacityView, orderView, scalingEventView } from "../../contract/capacity-view.ts";

export const exampleOrder = orderView.parse({
  hold: false,
  floorSlots: 500,
  until: "2026-10-01T18:00:00.000Z",
  by: "operations",
  since: "2026-10-01T09:00:00.000Z",
});

export const exampleCapacity = capacityView.parse({
  decidedAt: "2026-10-01T09:00:00.000Z",
  policy: "backlog",
  acts: true,
  slots: { need: 900, wanted: 900, running: 640, starting: 320 },
  free: 0,
  pools: [
    {
      ...{ pool: "spot", min: 0, max: 200, desired: 10, target: 15, machines: 10, booting: 0, leaving: 0 },
      ...{ slots: 640, active: 640, breaker: "closed" },
    },
  ],
  order: exampleOrder,
  because: ["260 waiting and 640 active runs need 900 slots"],
});

export const exampleScalingEvent = scalingEventView.parse({
  id: "01790000000000-0123456789ab-00",
  at: "2026-10-01T09:00:00.000Z",
  kind: "target",
  pool: "spot",
  from: 10,
  to: 15,
  cordoned: 0,
  drained: 0,
  ended: 0,
  because: ["260 waiting and 640 active runs need 900 slots"],
});
