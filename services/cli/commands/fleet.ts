/** `muster fleet`: workers, pools, decisions; and a person's word on them. */
import { Argument } from "commander";
import { type AddCommand, define, type Options } from "./define.ts";

type Given = Options<{
  readonly watch?: boolean;
  readonly floor?: string;
  readonly ceiling?: string;
  readonly for?: string;
}>;

const actions = ["show", "events", "scale", "hold", "resume", "drain"] as const;
type Action = (typeof actions)[number];

const more = `
scale and hold last until resume, or for the time of --for. They move capacity within the pools' own bounds; hold leaves
every pool as it is. drain makes one worker give its runs back after the turn in flight and leave; another takes its place.`;

export const fleet: AddCommand = (program, context) => {
  const action = new Argument("[action]", "show, events (what was scaled and why), scale, hold, resume, or drain");
  define(program, {
    usage: "fleet",
    summary: "show workers, pools and what waits; scale, hold, resume, drain (role operator)",
    examples: [
      "fleet",
      "fleet --watch",
      "fleet events",
      "fleet scale --floor 500 --for 2h",
      "fleet scale --ceiling 2000",
      "fleet hold --for 30m",
      "fleet resume",
      "fleet drain w_...",
    ],
  })
    .addArgument(action.choices(actions).default("show"))
    .argument("[worker]", "id of the worker to drain")
    .option("--watch", "show it again every two seconds, until Ctrl-C")
    .option("--floor <slots>", "keep at least so many slots")
    .option("--ceiling <slots>", "allow no more slots")
    .option("--for <time>", "until then: 30m, 2h, 1d")
    .addHelpText("after", more)
    .action(async (what: Action, worker: string | undefined, options: Given) => {
      const { checkTaken } = await import("../fleet/check-asked.ts");
      checkTaken(what, options, worker);
      const { connect } = await import("../connect.ts");
      const { fleetActions } = await import("../fleet/actions.ts");
      await fleetActions[what]({ context, options, client: connect(context, options), worker });
    });
};
