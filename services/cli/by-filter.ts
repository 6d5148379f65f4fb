/** One act on all runs that a filter finds: call after call, each with the cursor of the one before. */
import type { BulkResult } from "../contract/http.ts";
import { CliFailure, UsageFailure } from "./failure.ts";
import type { Output } from "./terminal/output.ts";

/** What became of the runs, over all calls. */
export type Totals = { readonly changed: number; readonly passed: number; readonly left: BulkResult["left"] };

/** Options of a command that takes ids or a filter. */
export type FilterOptions = {
  readonly state?: string;
  readonly agent?: string;
  readonly tenant?: string;
  readonly rate?: string;
  readonly reason?: string;
};

/** Whole number of an option; what is no number is left to the schema to refuse. */
export const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

/** Options that mean nothing beside ids, in the order in which help shows them. */
const OF_A_FILTER = ["state", "agent", "reason", "tenant", "rate"] as const;

const inWords = new Intl.ListFormat("en-GB");

/** Throws `UsageFailure` unless there are either ids or a filter with a state; names the options that ids leave no use for. */
export function assertEitherOr(ids: readonly string[], options: FilterOptions): void {
  const given = OF_A_FILTER.filter((name) => options[name] !== undefined).map((name) => `--${name}`);
  if (ids.length > 0 && given.length > 0) {
    throw new UsageFailure(
      `${inWords.format(given)} cannot be used with ids`,
      "give ids alone, or --state and what narrows it without ids",
    );
  }
  if (ids.length === 0 && options.state === undefined)
    throw new UsageFailure("no runs were named", "give ids, or --state for all that a filter finds");
}

/** A failure half-way tells what was done before it. */
const withTotals = (error: unknown, totals: Totals): unknown => {
  if (!(error instanceof CliFailure)) return error;
  error.result = totals;
  if (totals.changed > 0) error.fix ??= `${totals.changed} were changed and stay so; the same command does the rest`;
  return error;
};

/**
 * Asks until an answer has no cursor; says after each call how far it is. Where a lane has no room the next call is refused with
 * a time, so the client waits. Ctrl-C and failures leave what was done, and tell it.
 */
export async function throughPages(
  ask: (cursor: string | undefined) => Promise<BulkResult>,
  output: Output,
): Promise<Totals> {
  let changed = 0;
  let passed = 0;
  const left: BulkResult["left"] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor).catch((error: unknown) => {
      throw withTotals(error, { changed, passed, left });
    });
    changed += page.changed;
    passed += page.passed;
    left.push(...page.left);
    if (page.cursor !== undefined) output.note(`${changed} so far, ${left.length} left as they are`);
    if (page.full !== undefined) output.note(`the lane ${page.full} is full: going on when there is room`);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { changed, passed, left };
}
