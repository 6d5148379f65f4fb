/** Results of runs as JSONL, written as the runs end, so that an interrupted wait keeps what it had. */
import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import type { RunView } from "../../contract/http.ts";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";

export type Results = {
  /** One line: the run as the API shows it, and `line`, the line of the input that asked for it. */
  write(line: number, run: RunView): void;
  close(): void;
};

/** Opens the file (`-` is stdout) before anything is submitted. Throws `CliFailure` when it cannot be written. */
export function openResults(context: CliContext, path: string): Results {
  const row = (line: number, run: RunView): string => `${JSON.stringify({ line, ...run })}\n`;
  if (path === "-") return { write: (line, run) => context.stdout.write(row(line, run)), close: () => {} };
  const full = resolve(context.cwd, path);
  try {
    const file = openSync(full, "w");
    return { write: (line, run) => void writeSync(file, row(line, run)), close: () => closeSync(file) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliFailure("out-unwritable", `cannot write --out ${path}: ${why}`, {
      fix: "nothing was submitted",
      cause,
    });
  }
}
