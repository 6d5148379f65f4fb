/** Options and arguments of `muster fleet`, checked before anything is sent: each mistake names its option and the mend. */
import type { ScaleFleet } from "../../contract/capacity-events.ts";
import { type WorkerId, workerId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { UsageFailure } from "../failure.ts";
import { duration, parseDuration } from "../terminal/units.ts";

/** What was given beside the action. */
export type FleetOptions = {
  readonly watch?: boolean | undefined;
  readonly floor?: string | undefined;
  readonly ceiling?: string | undefined;
  readonly for?: string | undefined;
};

/** What each action takes. */
const takes = {
  show: ["watch"],
  events: [],
  scale: ["floor", "ceiling", "for"],
  hold: ["for"],
  resume: [],
  drain: [],
} as const satisfies Record<string, readonly (keyof FleetOptions)[]>;
export type FleetAction = keyof typeof takes;

/** Throws `UsageFailure` on an option or a worker that the action would not look at: it was meant for another one. */
export function checkTaken(action: FleetAction, options: FleetOptions, worker: string | undefined): void {
  const taken: readonly string[] = takes[action];
  const names = ["watch", "floor", "ceiling", "for"] as const;
  for (const name of names) {
    if (options[name] === undefined || taken.includes(name)) continue;
    const others = Object.entries(takes).filter(([, own]) => own.some((one) => one === name));
    const fix = `--${name} belongs to muster fleet ${others.map(([other]) => other).join(" and ")}`;
    throw new UsageFailure(`--${name}: muster fleet ${action} does not take it`, fix);
  }
  if (worker !== undefined && action !== "drain")
    throw new UsageFailure(`muster fleet ${action} takes no worker: ${worker}`, `muster fleet drain ${worker}`);
}

function slots(name: "floor" | "ceiling", text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text))
    throw new UsageFailure(`--${name}: ${text} is no number of slots`, `give a whole number: --${name} 500`);
  if (Number(text) > limits.orderSlotsMax)
    throw new UsageFailure(
      `--${name}: ${text} is above the most that may be ordered`,
      `at most ${limits.orderSlotsMax}`,
    );
  return Number(text);
}

/** Floor and ceiling of `scale`. */
export function slotsAsked({ floor, ceiling }: FleetOptions): Pick<ScaleFleet, "floorSlots" | "ceilingSlots"> {
  const [floorSlots, ceilingSlots] = [slots("floor", floor), slots("ceiling", ceiling)];
  if (floorSlots === undefined && ceilingSlots === undefined)
    throw new UsageFailure("muster fleet scale needs --floor or --ceiling", "muster fleet scale --floor 500 --for 2h");
  if (floorSlots !== undefined && ceilingSlots !== undefined && floorSlots > ceilingSlots)
    throw new UsageFailure(
      `--floor: ${floorSlots} is above --ceiling ${ceilingSlots}`,
      "lower --floor or raise --ceiling",
    );
  return {
    ...(floorSlots === undefined ? {} : { floorSlots }),
    ...(ceilingSlots === undefined ? {} : { ceilingSlots }),
  };
}

/** When the order ends by itself. */
export function untilAsked({ for: text }: FleetOptions, nowMs: number): Pick<ScaleFleet, "until"> {
  if (text === undefined) return {};
  const forMs = parseDuration(text);
  if (forMs === undefined || forMs <= 0)
    throw new UsageFailure(`--for: ${text} is no time`, "write it as 30m, 2h or 1d");
  if (forMs > limits.orderMaxMs)
    throw new UsageFailure(`--for: ${text} is longer than an order may last`, `at most ${duration(limits.orderMaxMs)}`);
  return { until: new Date(nowMs + forMs).toISOString() };
}

/** The worker to drain. */
export function workerAsked(text: string | undefined): WorkerId {
  if (text === undefined) throw new UsageFailure("muster fleet drain needs a worker", "muster fleet lists them");
  const parsed = workerId.safeParse(text);
  if (!parsed.success) throw new UsageFailure(`not an id of a worker: ${text}`, "muster fleet lists them");
  return parsed.data;
}
