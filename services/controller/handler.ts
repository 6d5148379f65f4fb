/** The controller on AWS as a Lambda function: the schedule calls it every minute, and it works until the next call. */
import { awsFromEnv } from "../adapters/aws/from-env.ts";
import { systemChance } from "../adapters/system/chance.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { eventLog } from "../adapters/system/event-log.ts";
import { controllerEnv, parseEnv } from "../contract/env.ts";
import { limits } from "../contract/limits.ts";
import { Controller } from "./controller.ts";
import { workShift } from "./shift.ts";

/** What Lambda says of a call: how long it may still take, in milliseconds. */
type Call = { getRemainingTimeInMillis(): number };

const env = parseEnv(controllerEnv, process.env);
const clock = systemClock;
const events = eventLog(process.stdout, { level: "info", clock });
// Kept between calls: what was seen of the workers in the last one shortens the next one's wait for a death.
const controller = new Controller({
  ...awsFromEnv(env, clock, systemChance),
  queuedMax: env.MUSTER_QUEUE_SIZE,
  clock,
  chance: systemChance,
  events,
});

/** Runs the controller for the length of a shift, for what Lambda leaves of it, or until nothing waits and nothing runs. */
export const handler = (_event: unknown, call: Call): Promise<"idle" | "over"> =>
  workShift(controller, clock, Math.min(limits.shiftMs, call.getRemainingTimeInMillis() - limits.shiftMarginMs));
