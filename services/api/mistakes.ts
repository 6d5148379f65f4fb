/** Turns the issues of a schema into mistakes that name the field and the fix. Pure. */
import type { z } from "zod";
import { limits } from "../contract/limits.ts";
import type { Mistake } from "./problem.ts";

type Path = readonly PropertyKey[];

const step = (part: PropertyKey): string => (typeof part === "number" ? `[${part}]` : `.${String(part)}`);

/** Path of a field as a reader of JavaScript or Python would write it: `runs[3].input.question`. */
export function fieldOf(path: Path): string {
  const text = path.map(step).join("").replace(/^\./, "");
  return text.slice(0, limits.fieldChars) || "(body)";
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, part)?.value : undefined,
    root,
  );
}

function mistakesOf(issue: z.core.$ZodIssue, raw: unknown, prefix: Path): readonly Mistake[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ field: fieldOf([...path, key]), message: "unknown field; remove it" }));
  }
  if (valueAt(raw, issue.path) === undefined) {
    const expected = issue.code === "invalid_type" ? `; give a value of type ${issue.expected}` : "; give a value";
    return [{ field: fieldOf(path), message: `is missing${expected}` }];
  }
  return [{ field: fieldOf(path), message: issue.message }];
}

/** Mistakes of `raw`, which failed with `error`; `prefix` is where `raw` stands in the request. */
export const mistakesIn = (error: z.ZodError, raw: unknown, prefix: Path = []): readonly Mistake[] =>
  error.issues.flatMap((issue) => mistakesOf(issue, raw, prefix));
