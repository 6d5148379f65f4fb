/** `muster keys`: API keys of callers. */
import { type Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { type AddCommand, define, type Options } from "./define.ts";

export const keys: AddCommand = (program, context) => {
  const group = program.command("keys").summary("create, list and revoke API keys (role operator)");
  group.description("API keys belong to a tenant; only their digests are stored. All of this needs the role operator.");
  addCreate(group, context);
  addList(group, context);
  addRevoke(group, context);
};

type CreateOptions = Options<{ readonly tenant: string; readonly role: "tenant" | "operator"; readonly name: string }>;

function addCreate(group: Command, context: CliContext): void {
  const role = new Option("--role <role>", "tenant: its own runs; operator: all").choices(["tenant", "operator"]);
  define(group, {
    usage: "create",
    summary: "make a key; it is shown once",
    examples: ["keys create --tenant acme --name ci"],
  })
    .requiredOption("--tenant <name>", "tenant that the key belongs to")
    .requiredOption("--name <text>", "what the key is for")
    .addOption(role.default("tenant"))
    .action(async (options: CreateOptions) => {
      const { connect } = await import("../connect.ts");
      const { createKey } = await import("../../contract/http.ts");
      const { parseOption } = await import("../parse-option.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { tenant, role, name } = options;
      const asked = parseOption(createKey, { tenant, role, name });
      const made = await connect(context, options).createKey(asked);
      const output = outputFor(context, options);
      output.say(made.key);
      if (!output.json) output.note(`${made.id}: keep the key, it is not shown again`);
      output.result(made);
    });
}

function addList(group: Command, context: CliContext): void {
  define(group, { usage: "list", summary: "list the keys", examples: ["keys list"] }).action(
    async (options: Options) => {
      const { connect } = await import("../connect.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { keysTable } = await import("../terminal/keys-table.ts");
      const output = outputFor(context, options);
      const all = await connect(context, options).keys();
      output.say(keysTable(all));
      output.result({ keys: all });
    },
  );
}

function addRevoke(group: Command, context: CliContext): void {
  define(group, {
    usage: "revoke",
    summary: "revoke a key; it is refused within 30 s",
    examples: ["keys revoke key_..."],
  })
    .argument("<id>", "id of the key, as keys list shows it")
    .action(async (id: string, options: Options) => {
      const { connect } = await import("../connect.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const output = outputFor(context, options);
      const key = await connect(context, options).revokeKey(id);
      output.say(`${key.id} (${key.name}) revoked`);
      output.result(key);
    });
}
