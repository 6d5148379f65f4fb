/** The supervisor on AWS as a Lambda function: EventBridge sends it what happens to machines and tasks. */
import { awsFromEnv } from "../../adapters/aws/from-env.ts";
import { systemChance } from "../../adapters/system/chance.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import { processEvents } from "../../adapters/system/process-events.ts";
import { fleetEventsEnv, parseEnv } from "../../contract/env.ts";
import { applyFleetEvent } from "../fleet-events.ts";
import { applyPoolFailure, type PoolListener } from "../pool-failures.ts";

const clock = systemClock;
const chance = systemChance;
const env = parseEnv(fleetEventsEnv, process.env);
const ports = awsFromEnv(env, clock, chance);
const told = processEvents({ role: "controller", to: process.stdout, clock, store: ports.metrics, env });
const { desk } = ports.scalingStores;
const world = { ...ports, clock, chance, events: told.events };

const pools: PoolListener = {
  settings: env.MUSTER_CAPACITY,
  // The leader takes it in with its next decision, and makes that at once: the shortfall goes to another pool.
  tell: async (answer) => {
    await desk.tellAnswer(answer);
    await desk.kick(chance.id());
  },
};

/** A thrown error makes Lambda deliver the event again. */
export async function handler(event: unknown) {
  try {
    if (await applyPoolFailure(pools, event)) return { kind: "told" };
    return await applyFleetEvent(world, event);
  } finally {
    await told.flush();
  }
}
