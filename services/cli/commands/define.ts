/** What every command has: how to reach the API, `--json`, examples. */
import { type Command, Option } from "commander";
import type { CliContext, GlobalOptions } from "../context.ts";

/** Adds one command to the program. Definitions stay light; what a command needs to run is loaded when it runs. */
export type AddCommand = (program: Command, context: CliContext) => void;

/** What the help of a command says. */
export type CommandWords = { readonly usage: string; readonly summary: string; readonly examples: readonly string[] };

/** A command with the options that all have; `examples` are shown under its help. */
export function define(program: Command, words: CommandWords): Command {
  const { usage, summary, examples } = words;
  return program
    .command(usage)
    .summary(summary)
    .description(summary)
    .addOption(new Option("--url <url>", "the API (default: MUSTER_URL, else what npm start left in the data folder)"))
    .addOption(new Option("--key <key>", "API key (default: MUSTER_API_KEY, else the one in the data folder)"))
    .addOption(new Option("--data <folder>", "data folder of npm start (default: MUSTER_DATA, else .muster)"))
    .addOption(new Option("--json", "one JSON object on the last line of stdout"))
    .addHelpText("after", `\nExamples:\n${examples.map((example) => `  $ npx muster ${example}`).join("\n")}`);
}

/** Options as commander hands them over; each command names its own. */
export type Options<T = object> = GlobalOptions & T;
