/** One act on all runs that a filter finds: call after call, each with the cursor of the one before. */
import type { BulkResult } from "../contract/http.ts";
import { UsageFailure } from "./failure.ts";
import type { Output } from "./terminal/output.ts";

/** What became of the runs, over all calls. */
export type Totals = { readonly changed: number; readonly passed: number; readonly left: BulkResult["left"] };

/** Options of a command that takes ids or a filter. */
export type FilterOptions = {
  readonly state?: string;
  readonly agent?: string;
  readonly tenant?: string;
  readonly rate?: string;
};

/** Whole number of an option; what is no number is left to the schema to refuse. */
export const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

/** Throws `UsageFailure` unless there are either ids or a filter with a state. */
export function assertEitherOr(ids: readonly string[], { state, agent, tenant }: FilterOptions): void {
  if (ids.length > 0 && (state ?? agent ?? tenant) !== undefined)
    throw new UsageFailure("ids and a filter were both given", "give ids, or --state with --agent and --tenant");
  if (ids.length === 0 && state === undefined)
    throw new UsageFailure("no runs were named", "give ids, or --state for all that a filter finds");
}

/** Asks until an answer has no cursor; says after each call how far it is. Ctrl-C leaves what was done. */
export async function throughPages(
  ask: (cursor: string | undefined) => Promise<BulkResult>,
  output: Output,
): Promise<Totals> {
  let changed = 0;
  let passed = 0;
  const left: BulkResult["left"] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    changed += page.changed;
    passed += page.passed;
    left.push(...page.left);
    if (page.cursor !== undefined) output.note(`${changed} so far, ${left.length} left as they are`);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { changed, passed, left };
}
