/** Options checked by the contract's schemas. */
import type { z } from "zod";
import { UsageFailure } from "./failure.ts";

/** The checked value; throws `UsageFailure` that names each option that is wrong. */
export function parseOption<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `--${issue.path.join(".")}: ${issue.message}`);
  throw new UsageFailure(wrong.join("; "));
}
