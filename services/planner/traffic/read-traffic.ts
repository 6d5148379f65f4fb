/** Traffic from a file: CSV with a header, or JSONL. Every line is checked; an error names the line and the field. */
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { lane, lanes } from "../../contract/ids.ts";
import { MINUTE } from "../../contract/units.ts";
import { plannerBounds } from "../bounds.ts";
import type { Submission, Traffic } from "./traffic.ts";

const when = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = /^\d+$/.test(String(value)) ? Number(value) : Date.parse(String(value));
  if (Number.isFinite(ms) && ms > 0) return ms;
  context.addIssue({ code: "custom", message: "a time such as 2026-11-02T13:00:00Z, or ms since 1970" });
  return z.NEVER;
});

/** A line. Other fields (agent, tenant, id) may be there and are not looked at. */
export const trafficLine = z.object({
  submittedAt: when,
  activeMs: z.coerce.number().positive().max(plannerBounds.activeMaxMs),
  lane: lane.default("normal"),
  calls: z.coerce.number().int().nonnegative().optional(),
});

/** The traffic, or what is wrong with the file: a line of text each. */
export type ReadTraffic =
  | { readonly kind: "traffic"; readonly traffic: Traffic }
  | { readonly kind: "wrong"; readonly what: readonly string[] };

type Row = { readonly line: number; readonly value: unknown } | { readonly line: number; readonly broken: string };

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function* jsonRows(text: string): Generator<Row> {
  let line = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const until = end < 0 ? text.length : end;
    const part = text.slice(from, until).trim();
    from = until + 1;
    line++;
    if (part === "") continue;
    try {
      yield { line, value: JSON.parse(part) };
    } catch (error) {
      yield { line, broken: wordsOf(error) };
    }
  }
}

/** Fields that are empty are absent: in a CSV every line has all columns. */
function* csvRows(text: string): Generator<Row> {
  const options = { columns: true, info: true, skip_empty_lines: true, trim: true, bom: true } as const;
  const rows: unknown = parse(text, options);
  for (const row of z
    .array(z.looseObject({ info: z.object({ lines: z.int() }), record: z.record(z.string(), z.string()) }))
    .parse(rows)) {
    const filled = Object.entries(row.record).filter(([, value]) => value !== "");
    yield { line: row.info.lines, value: Object.fromEntries(filled) };
  }
}

const startsAsJson = (text: string): boolean => /^\uFEFF?\s*\{/.test(text);

/** Reads a whole file. */
export function readTraffic(name: string, text: string): ReadTraffic {
  const found: Submission[] = [];
  const wrong: string[] = [];
  let rows: Generator<Row>;
  const say = (line: number, what: string) => wrong.push(`${name}:${line}: ${what}`);
  try {
    rows = startsAsJson(text) ? jsonRows(text) : csvRows(text);
    for (const row of rows) {
      if ("broken" in row) say(row.line, row.broken);
      else {
        const parsed = trafficLine.safeParse(row.value);
        if (parsed.success) found.push({ ...parsed.data, atMs: parsed.data.submittedAt });
        else
          say(
            row.line,
            parsed.error.issues.map(({ path, message }) => `${path.join(".") || "line"}: ${message}`).join("; "),
          );
      }
      if (wrong.length > plannerBounds.errorsShown || found.length > plannerBounds.submissionsMax) break;
    }
  } catch (error) {
    wrong.push(`${name}: ${wordsOf(error)}`);
  }
  if (found.length > plannerBounds.submissionsMax)
    wrong.push(`${name}: more than ${plannerBounds.submissionsMax} submissions`);
  if (wrong.length === 0 && found.length === 0) wrong.push(`${name}: no submissions in it`);
  return wrong.length > 0 ? { kind: "wrong", what: wrong } : columnsOf(name, found);
}

/** Calls of all runs that say how many they made, by their active minutes. */
function callRateOf(found: readonly Submission[]): number | undefined {
  let [calls, minutes] = [0, 0];
  for (const one of found) {
    if (one.calls === undefined) continue;
    calls += one.calls;
    minutes += one.activeMs / MINUTE;
  }
  return calls > 0 ? calls / minutes : undefined;
}

function columnsOf(name: string, found: Submission[]): ReadTraffic {
  found.sort((a, b) => a.atMs - b.atMs);
  const first = found[0]?.atMs ?? 0;
  const last = found.at(-1)?.atMs ?? first;
  if (last - first > plannerBounds.spanMaxMs) {
    const days = plannerBounds.spanMaxMs / (24 * 60 * MINUTE);
    return { kind: "wrong", what: [`${name}: spans more than ${days} days; plan for a part of it`] };
  }
  const lastEnd = found.reduce((most, { atMs, activeMs }) => Math.max(most, atMs + activeMs), 0);
  const endMs = Math.min(lastEnd, last + plannerBounds.tailMaxMs) + MINUTE;
  const traffic: Traffic = {
    name,
    startMs: Math.floor(first / MINUTE) * MINUTE,
    endMs: Math.ceil(endMs / MINUTE) * MINUTE,
    atMs: Float64Array.from(found, ({ atMs }) => atMs),
    activeMs: Float64Array.from(found, ({ activeMs }) => activeMs),
    lane: Uint8Array.from(found, (one) => lanes.indexOf(one.lane)),
    callsPerRunMinute: callRateOf(found),
    spans: [],
  };
  return { kind: "traffic", traffic };
}
