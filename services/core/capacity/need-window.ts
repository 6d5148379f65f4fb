/** The need of the last minutes: nothing leaves that was needed in any of them. Pure. */
import type { CapacityMemory } from "../../contract/capacity.ts";
import { limits } from "../../contract/limits.ts";
import { MINUTE } from "../../contract/units.ts";

type Needs = CapacityMemory["needs"];

/** What the window says. `seenMs` is how far it reaches back. */
export type NeedWindow = { readonly highest: number; readonly seenMs: number };

/** Takes the need of now in. After a gap in what is known, what was before it is forgotten: somebody else may have needed more. */
export function noteNeed(needs: Needs, slots: number, { nowMs, windowMs }: { nowMs: number; windowMs: number }): Needs {
  const minute = Math.floor(nowMs / MINUTE);
  const last = needs.at(-1);
  if (last?.minute === minute) {
    return slots <= last.slots ? needs : [...needs.slice(0, -1), { minute, slots }];
  }
  const gone = last === undefined || minute < last.minute || minute - last.minute > limits.windowGapMinutes;
  const from = minute - Math.ceil(windowMs / MINUTE);
  return [...(gone ? [] : needs.filter((need) => need.minute >= from)), { minute, slots }];
}

/** The highest need of the window. */
export function windowOf(needs: Needs, nowMs: number): NeedWindow {
  let highest = 0;
  for (const { slots } of needs) highest = Math.max(highest, slots);
  const [first] = needs;
  return { highest, seenMs: first === undefined ? 0 : Math.max(0, Math.floor(nowMs / MINUTE) - first.minute) * MINUTE };
}
