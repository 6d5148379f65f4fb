/** What `muster fleet` does, action by action. */
import type { ScaleFleet } from "../../contract/capacity-events.ts";
import { cliLimits } from "../bounds.ts";
import type { Client } from "../client.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { capacityText, orderText, scalingEventsText } from "../terminal/capacity-text.ts";
import { fleetText } from "../terminal/fleet-text.ts";
import { outputFor } from "../terminal/output.ts";
import { type FleetOptions, slotsAsked, untilAsked, workerAsked } from "./check-asked.ts";

/** What an action is given. */
export type FleetAsked = {
  readonly context: CliContext;
  readonly client: Client;
  readonly worker: string | undefined;
  readonly options: GlobalOptions & FleetOptions;
};

const EVENTS_BESIDE = 5;
/** Clears the screen and what was scrolled off it: a frame replaces the one before. */
const CLEAR = "\u001b[H\u001b[2J";

async function frame({ client, context }: FleetAsked) {
  const view = await client.fleet();
  const { events } = view.capacity === undefined ? { events: [] } : await client.scalingEvents(EVENTS_BESIDE);
  const nowMs = context.clock.nowMs();
  const capacity = view.capacity === undefined ? [] : [capacityText(view.capacity, nowMs)];
  const history = events.length === 0 ? [] : [scalingEventsText(events, nowMs)];
  return { view, text: [fleetText(view, nowMs), ...capacity, ...history].join("\n\n") };
}

async function show(asked: FleetAsked): Promise<void> {
  const { context, options } = asked;
  const output = outputFor(context, options);
  const untilMs = context.clock.monotonicMs() + cliLimits.fleetWatchMs;
  for (;;) {
    const { view, text } = await frame(asked);
    if (options.watch === true && context.stdout.isTTY && !output.json) context.stdout.write(CLEAR);
    output.say(text);
    output.result(view);
    if (options.watch !== true || context.clock.monotonicMs() >= untilMs) return;
    await context.clock.sleep(cliLimits.fleetEveryMs, context.signal);
    if (context.signal.aborted) return;
  }
}

async function order(asked: FleetAsked, said: Omit<ScaleFleet, "until">): Promise<void> {
  const { context, options, client } = asked;
  const answer = await client.scaleFleet({ ...said, ...untilAsked(options, context.clock.nowMs()) });
  const output = outputFor(context, options);
  output.say(answer.order === undefined ? "no order is in force" : orderText(answer.order));
  output.result(answer);
}

export const fleetActions = {
  show,
  events: async ({ client, context, options }: FleetAsked) => {
    const list = await client.scalingEvents(cliLimits.fleetEvents);
    const output = outputFor(context, options);
    output.say(scalingEventsText(list.events, context.clock.nowMs()));
    output.result(list);
  },
  scale: (asked: FleetAsked) => order(asked, slotsAsked(asked.options)),
  hold: (asked: FleetAsked) => order(asked, { hold: true }),
  resume: (asked: FleetAsked) => order(asked, { resume: true }),
  drain: async ({ client, context, options, worker }: FleetAsked) => {
    const answer = await client.drainWorker(workerAsked(worker));
    const output = outputFor(context, options);
    output.say(`${answer.id} gives its runs back and leaves`);
    output.result(answer);
  },
};
