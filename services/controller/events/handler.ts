/** The supervisor on AWS as a Lambda function: EventBridge sends it what happens to machines and tasks. */
import { awsFromEnv } from "../../adapters/aws/from-env.ts";
import { systemChance } from "../../adapters/system/chance.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import { eventLog } from "../../adapters/system/event-log.ts";
import { fleetEventsEnv, parseEnv } from "../../contract/env.ts";
import { applyFleetEvent } from "../fleet-events.ts";

const clock = systemClock;
const chance = systemChance;
const events = eventLog(process.stdout, { level: "info", clock });
const world = { ...awsFromEnv(parseEnv(fleetEventsEnv, process.env), clock, chance), clock, chance, events };

/** A thrown error makes Lambda deliver the event again. */
export const handler = (event: unknown) => applyFleetEvent(world, event);
