/** `muster list`: runs, newest first. */
import type { RunView } from "../../contract/http.ts";
import type { Client } from "../client.ts";
import { type AddCommand, define, type Options } from "./define.ts";

type ListOptions = Options<{
  readonly state?: string;
  readonly agent?: string;
  readonly tenant?: string;
  readonly limit?: string;
  readonly cursor?: string;
  readonly all?: boolean;
}>;

export const list: AddCommand = (program, context) => {
  define(program, {
    usage: "list",
    summary: "list runs, newest first",
    examples: ["list", "list --state RUNNING --agent research", "list --all --json | jq '.runs[].id'"],
  })
    .option("--state <state>", "only runs in this state, such as RUNNING or FAILED", (text) => text.toUpperCase())
    .option("--agent <name>", "only runs of this agent")
    .option("--tenant <name>", "runs of another tenant (needs the role operator)")
    .option("--limit <n>", "runs on a page, up to 100")
    .option("--cursor <cursor>", "go on where the last page ended")
    .option("--all", "all pages, up to 10,000 runs")
    .action(async (options: ListOptions) => {
      const { connect } = await import("../connect.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { runsTable } = await import("../terminal/runs-table.ts");
      const output = outputFor(context, options);
      const page = await pages(connect(context, options), options);
      output.say(page.runs.length === 0 ? "no runs" : runsTable(page.runs, output.style, context.clock.nowMs()));
      if (page.cursor !== undefined)
        output.note(`more: --cursor '${page.cursor}'${options.all === true ? "" : ", or --all"}`);
      output.result(page);
    });
};

type Page = { readonly runs: readonly RunView[]; readonly cursor?: string | undefined };

/** One page, or with `--all` every page up to `cliLimits.listAll` runs; a cursor says that there is more. */
async function pages(client: Client, options: ListOptions): Promise<Page> {
  const { listQuery } = await import("../../contract/http.ts");
  const { limits } = await import("../../contract/limits.ts");
  const { cliLimits } = await import("../bounds.ts");
  const { parseOption } = await import("../parse-option.ts");
  const { state, agent, tenant, all, limit = all === true ? limits.pageMax : undefined } = options;
  const filter = parseOption(listQuery, { state, agent, tenant, limit, cursor: options.cursor });
  const runs: RunView[] = [];
  let cursor = options.cursor;
  do {
    const page = await client.runs({ ...filter, cursor });
    runs.push(...page.runs);
    cursor = page.cursor;
  } while (all === true && cursor !== undefined && runs.length < cliLimits.listAll);
  return cursor === undefined ? { runs } : { runs, cursor };
}
