/** `muster agents`: what can be run. */
import { type AddCommand, define, type Options } from "./define.ts";

export const agents: AddCommand = (program, context) => {
  define(program, {
    usage: "agents",
    summary: "list the agents, or show one with the schema of its input",
    examples: ["agents", "agents research"],
  })
    .argument("[name]", "show this agent")
    .action(async (name: string | undefined, options: Options) => {
      const { connect } = await import("../connect.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { agentText, agentsTable } = await import("../terminal/agents-text.ts");
      const { CliFailure } = await import("../failure.ts");
      const output = outputFor(context, options);
      const all = await connect(context, options).agents();
      if (name === undefined) {
        output.say(agentsTable(all));
        output.result({ agents: all });
        return;
      }
      const one = all.find((agent) => agent.name === name);
      if (one === undefined) {
        const known = all.map((agent) => agent.name).join(", ");
        throw new CliFailure("agent-unknown", `no agent "${name}"`, { fix: `one of: ${known}` });
      }
      output.say(agentText(one, output.style));
      output.result(one);
    });
};
