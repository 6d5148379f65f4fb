/** `muster fleet`: workers, slots, lanes. */
import { type AddCommand, define, type Options } from "./define.ts";

export const fleet: AddCommand = (program, context) => {
  define(program, {
    usage: "fleet",
    summary: "show workers, slots and what waits in the lanes (role operator)",
    examples: ["fleet", "fleet --json"],
  }).action(async (options: Options) => {
    const { connect } = await import("../connect.ts");
    const { outputFor } = await import("../terminal/output.ts");
    const { fleetText } = await import("../terminal/fleet-text.ts");
    const output = outputFor(context, options);
    const view = await connect(context, options).fleet();
    output.say(fleetText(view, context.clock.nowMs()));
    output.result(view);
  });
};
