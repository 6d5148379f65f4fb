/** `muster export`: the fleet's own history as traffic for `muster plan`. */
import type { ExportOptions } from "../export/run-export.ts";
import { type AddCommand, define, type Options } from "./define.ts";

export const exportRuns: AddCommand = (program, context) => {
  define(program, {
    usage: "export",
    summary: "write ended runs as traffic that muster plan reads, oldest last",
    examples: ["export --out history.jsonl", "export --since 7d --tenant acme --out acme.jsonl"],
  })
    .option("--out <file>", "where to (default: stdout)")
    .option("--since <time>", "only runs submitted in this time, such as 7d", "28d")
    .option("--agent <name>", "only runs of this agent")
    .option("--tenant <name>", "runs of another tenant (needs the role operator)")
    .action(async (options: Options<ExportOptions>) => {
      const { runExport } = await import("../export/run-export.ts");
      await runExport(context, options);
    });
};
