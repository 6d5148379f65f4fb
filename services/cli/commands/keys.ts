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

type CreateOptions = Options<{
  readonly tenant?: string | undefined;
  readonly role?: "tenant" | "operator" | undefined;
  readonly name?: string | undefined;
}>;

/** The first key of an installation on AWS belongs to who deployed it. */
const first = { tenant: "operators", role: "operator", name: "made by who deployed it" } as const;

function addCreate(group: Command, context: CliContext): void {
  define(group, {
    usage: "create",
    summary: "make a key; it is shown once",
    examples: ["keys create --tenant acme --name ci", "keys create --stack muster"],
  })
    .option("--tenant <name>", "tenant that the key belongs to")
    .option("--name <text>", "what the key is for")
    .addOption(
      new Option("--role <role>", "tenant: its own runs; operator: all (default: tenant)").choices([
        "tenant",
        "operator",
      ]),
    )
    .addOption(
      new Option(
        "--stack <name>",
        `installation on AWS: writes the key with your AWS rights, no key needed (default: of tenant ${first.tenant}, role operator)`,
      ),
    )
    .action((options: CreateOptions) => create(context, options));
}

async function create(context: CliContext, options: CreateOptions): Promise<void> {
  const { createKey } = await import("../../contract/http.ts");
  const { parseOption } = await import("../parse-option.ts");
  const { outputFor } = await import("../terminal/output.ts");
  const { UsageFailure } = await import("../failure.ts");
  const { stack, tenant = stack && first.tenant, name = stack && first.name } = options;
  const role = options.role ?? (stack === undefined ? "tenant" : first.role);
  if (tenant === undefined || name === undefined)
    throw new UsageFailure("--tenant and --name are needed", "keys create --tenant acme --name ci");
  const asked = parseOption(createKey, { tenant, role, name });
  const output = outputFor(context, options);
  if (stack === undefined) {
    const { connect } = await import("../connect.ts");
    const made = await connect(context, options).createKey(asked);
    output.say(made.key);
    if (!output.json) output.note(`${made.id}: keep the key, it is not shown again`);
    output.result(made);
    return;
  }
  const { makeKeyInTable } = await import("../stack/first-key.ts");
  const made = await makeKeyInTable(context, stack, asked);
  output.say(made.key);
  if (!output.json)
    output.note(
      `${made.id}: keep the key, it is not shown again\nexport MUSTER_URL=${made.url} MUSTER_API_KEY=<the key>`,
    );
  output.result({ ...made, tenant: asked.tenant, role: asked.role });
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
