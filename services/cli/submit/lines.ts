/** A file of runs, one JSON value a line. */
import { type SubmitRun, submitRun } from "../../contract/http.ts";
import { cliLimits } from "../bounds.ts";
import { UsageFailure } from "../failure.ts";
import { replaceRefs } from "./file-refs.ts";

/** What the flags say of every run; a line that is a run overrides it. */
export type RunDefaults = Partial<Omit<SubmitRun, "input" | "agent">> & { readonly agent?: string | undefined };

/** A run and the line it came from (from 1). */
export type Line = { readonly line: number; readonly run: SubmitRun };

type Read = { readonly run: SubmitRun } | { readonly wrong: string };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with the key `input` is a run and overrides the defaults; anything else is the input itself. */
export function runOf(value: unknown, defaults: RunDefaults): Read {
  const given =
    isObject(value) && Object.hasOwn(value, "input") ? { ...defaults, ...value } : { ...defaults, input: value };
  if (given.agent === undefined) return { wrong: 'no agent: give --agent NAME, or the key "agent" beside "input"' };
  const parsed = submitRun.safeParse(given);
  if (parsed.success) return { run: parsed.data };
  return { wrong: parsed.error.issues.map((issue) => `${issue.path.join(".") || "run"}: ${issue.message}`).join("; ") };
}

function readLine(text: string, defaults: RunDefaults, readText: (path: string) => string): Read {
  try {
    return runOf(replaceRefs(JSON.parse(text), readText), defaults);
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Reads every line before anything is sent; empty lines do not count as runs. Throws `UsageFailure` that names the lines
 * that are wrong.
 */
export function readLines(
  { name, text }: { readonly name: string; readonly text: string },
  defaults: RunDefaults,
  readText: (path: string) => string,
): Line[] {
  const lines: Line[] = [];
  const wrong: string[] = [];
  let number = 0;
  for (const part of text.replace(/^\uFEFF/, "").split("\n")) {
    number++;
    if (part.trim() === "") continue;
    if (number > cliLimits.fileLines)
      throw new UsageFailure(`${name}: more than ${cliLimits.fileLines} lines`, "split it");
    const read = readLine(part, defaults, readText);
    if ("run" in read) lines.push({ line: number, run: read.run });
    else wrong.push(`${name}:${number}: ${read.wrong}`);
  }
  if (wrong.length > 0) throw new UsageFailure(listed(wrong), "nothing was submitted; mend the lines and run it again");
  if (lines.length === 0) throw new UsageFailure(`${name}: no runs in it`, "put one JSON value on each line");
  return lines;
}

function listed(wrong: readonly string[]): string {
  const rest = wrong.length - cliLimits.errorsShown;
  return [...wrong.slice(0, cliLimits.errorsShown), ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n");
}
