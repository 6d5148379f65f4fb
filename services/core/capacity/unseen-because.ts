import type { Because } from "../../contract/capacity-because.ts";
import type { FleetView } from "./fleet-view.ts";

/** Which pools are held alone, and what their workers give meanwhile. Pure. */
export const unseenBecause = ({ unseen }: FleetView): Because[] =>
  unseen.map(({ pool, why, slots }) => ({ kind: "unseen", pool, why, slots }));
