/** The command line: its commands, and what becomes of their outcomes. */
import { Command, CommanderError } from "commander";
import { agents } from "./commands/agents.ts";
import { breaker } from "./commands/breaker.ts";
import { budget } from "./commands/budget.ts";
import { cancel } from "./commands/cancel.ts";
import { costs } from "./commands/costs.ts";
import type { AddCommand } from "./commands/define.ts";
import { doctor } from "./commands/doctor.ts";
import { exportRuns } from "./commands/export.ts";
import { fleet } from "./commands/fleet.ts";
import { get } from "./commands/get.ts";
import { keys } from "./commands/keys.ts";
import { limits } from "./commands/limits.ts";
import { list } from "./commands/list.ts";
import { load } from "./commands/load.ts";
import { plan } from "./commands/plan.ts";
import { redrive } from "./commands/redrive.ts";
import { status } from "./commands/status.ts";
import { submit } from "./commands/submit.ts";
import { watch } from "./commands/watch.ts";
import type { CliContext } from "./context.ts";
import { CliFailure, exitCode } from "./failure.ts";
import { failureJson, failureText } from "./terminal/failure-text.ts";
import { styleFor } from "./terminal/style.ts";

const commands: readonly AddCommand[] = [
  submit,
  get,
  list,
  watch,
  cancel,
  redrive,
  agents,
  fleet,
  costs,
  breaker,
  limits,
  budget,
  keys,
  status,
  load,
  plan,
  exportRuns,
  doctor,
];

const about = `
Start Muster on this machine with npm start; the commands find it by themselves. Another one is named by --url and
--key, or MUSTER_URL and MUSTER_API_KEY. Exit code: 0 what was asked for happened, 1 it did not, 2 wrong usage.

Examples:
  $ npx muster submit --agent summarize --input '{"text":"..."}' --wait
  $ npx muster submit --agent research --file examples/questions.jsonl --wait --out answers.jsonl
  $ npx muster watch run_...
  $ npx muster doctor`;

/** The program of a context. */
export function makeProgram(context: CliContext): Command {
  const program = new Command("muster")
    .description("Run AI agents on your own fleet: submit runs, watch them, read their results.")
    .exitOverride()
    .showHelpAfterError("fix: muster <command> --help shows how")
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => context.stdout.columns || 100,
      getErrHelpWidth: () => context.stderr.columns || 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText("after", about);
  for (const add of commands) add(program, context);
  return program;
}

/** Runs one command line (without node and script); gives the exit code. Throws only on a defect of Muster. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const json = argv.includes("--json");
  try {
    await makeProgram(context).parseAsync(argv, { from: "user" });
    return exitCode.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
    if (!(error instanceof CliFailure)) throw error;
    context.stderr.write(`${failureText(error, styleFor(context.stderr, context.env))}\n`);
    if (json && !error.reported) context.stdout.write(`${JSON.stringify(failureJson(error))}\n`);
    return error.exitCode;
  }
}
