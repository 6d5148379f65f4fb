/** The controller on AWS as a Lambda function: the schedule calls it every minute, and it works until the next call. */
import { awsCapacity } from "../adapters/aws/capacity/aws-capacity.ts";
import { awsFromEnv } from "../adapters/aws/from-env.ts";
import { systemChance } from "../adapters/system/chance.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { processEvents } from "../adapters/system/process-events.ts";
import { capacityPolicy } from "../contract/capacity-policy.ts";
import { controllerEnv, parseEnv } from "../contract/env.ts";
import { limits } from "../contract/limits.ts";
import { isWake } from "../contract/shift-event.ts";
import { decide } from "../core/capacity/decide.ts";
import { learn } from "../core/capacity/profile.ts";
import { limitNames } from "../core/limit-classes.ts";
import { rateSettings } from "../core/rate-control.ts";
import { Scaler } from "./capacity/scaler.ts";
import { Controller } from "./controller.ts";
import { workShift } from "./shift.ts";

/** What Lambda says of a call: how long it may still take, in milliseconds. */
type Call = { getRemainingTimeInMillis(): number };

const env = parseEnv(controllerEnv, process.env);
const clock = systemClock;
const ports = awsFromEnv(env, clock, systemChance);
const told = processEvents({ role: "controller", to: process.stdout, clock, store: ports.metrics, env });
const world = {
  ...ports,
  rates: { limiter: ports.limiter, names: limitNames(rateSettings(env)) },
  measureEveryMs: env.MUSTER_METRICS_MS ?? limits.metricsEveryMs,
  queuedMax: env.MUSTER_QUEUE_SIZE,
  clock,
  chance: systemChance,
  events: told.events,
};
const { scalingStores: stores, limiter } = ports;
const pools = env.MUSTER_CAPACITY;
const scaler =
  pools &&
  new Scaler(world, {
    ...{ stores, decide, learn, limiter, rate: rateSettings(env), acts: env.MUSTER_DRIVER === "controller" },
    cpu: true,
    budgets: { fleet: env.MUSTER_FLEET_BUDGET },
    // No endpoint of ours: the SDK's own chain knows one for all services and one for each.
    capacity: awsCapacity({ region: env.AWS_REGION, endpoint: undefined, pools, clock }),
    policy: env.MUSTER_SCALING ?? capacityPolicy.parse({}),
  });
// Kept between calls: what was seen of the workers in the last one shortens the next one's wait for a death.
const controller = new Controller(
  scaler === undefined ? world : { ...world, scale: (term) => scaler.decide(term), desk: stores.desk },
);

/** Runs the controller for the length of a shift, for what Lambda leaves of it, or until nothing waits and nothing runs. */
export async function handler(event: unknown, call: Call): Promise<"idle" | "over"> {
  const shiftMs = Math.min(limits.shiftMs, call.getRemainingTimeInMillis() - limits.shiftMarginMs);
  const leastMs = isWake(event) ? limits.wokenLeastMs : 0;
  const why = await workShift(controller, clock, { forMs: shiftMs, leastMs, closing: told.flush });
  await told.flush();
  return why;
}
