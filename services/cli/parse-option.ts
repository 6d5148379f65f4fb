/** Options checked by the contract's schemas. */
import type { z } from "zod";
import { type RunId, runId } from "../contract/ids.ts";
import { UsageFailure } from "./failure.ts";

/** The checked value; throws `UsageFailure` that names each option that is wrong. */
export function parseOption<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `--${issue.path.join(".")}: ${issue.message}`);
  throw new UsageFailure(wrong.join("; "));
}

/** The ids of runs; throws `UsageFailure` that shows the ones that cannot be any. */
export function parseRunIds(texts: readonly string[]): RunId[] {
  const parsed = texts.map((text) => runId.safeParse(text));
  const wrong = texts.filter((_, i) => parsed[i]?.success !== true);
  if (wrong.length > 0) {
    throw new UsageFailure(
      `not an id of a run: ${wrong.join(" ")}`,
      "give one such as run_ and 26 characters; npx muster list",
    );
  }
  return parsed.flatMap((one) => (one.success ? [one.data] : []));
}
