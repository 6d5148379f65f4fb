/** One run as a person reads it. */
import type { RunView } from "../../contract/http.ts";
import { type Style, toneOf } from "./style.ts";
import { duration, usd } from "./units.ts";

/** Time from start (or submit) to end of a run that has ended; else undefined. */
export function runMs(run: RunView): number | undefined {
  if (run.endedAt === undefined) return undefined;
  return Math.max(0, Date.parse(run.endedAt) - Date.parse(run.createdAt));
}

/** An output: text as it is, anything else as indented JSON. */
export const outputText = (output: unknown): string =>
  typeof output === "string" ? output : JSON.stringify(output, null, 2);

/** `RUNNING`, `FAILED (agent-error): detail`. */
export function stateText(run: RunView, style: Style): string {
  const why = run.reason === undefined || run.reason === "completed" ? "" : ` (${run.reason})`;
  const detail = run.detail === undefined ? "" : `: ${run.detail}`;
  return `${style(toneOf(run.state), run.state)}${why}${detail}`;
}

/** Fields that are 0 or absent are left out; the output stands last. */
export function runText(run: RunView, style: Style): string {
  const tokens =
    run.usage.inputTokens + run.usage.cacheReadTokens + run.usage.cacheWrite5mTokens + run.usage.cacheWrite1hTokens;
  const tookMs = runMs(run);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["run", run.id],
    ["state", stateText(run, style)],
    ["agent", `${run.agent}, lane ${run.lane}`],
    ["created", run.createdAt],
    ["ended", tookMs === undefined ? undefined : `${run.endedAt} (after ${duration(tookMs)})`],
    ["turns", String(run.turns)],
    ["model", run.model === undefined ? undefined : [run.model, ...run.because].join("; ")],
    ["tokens", `${tokens} in (${run.usage.cacheReadTokens} from cache), ${run.usage.outputTokens} out`],
    ["cost", `${usd(run.cost.spentMicroUsd)} of ${usd(run.cost.budgetMicroUsd)}`],
    [
      "in doubt",
      run.turnsInDoubt > 0 ? `${run.turnsInDoubt} turns, at most ${usd(run.cost.possibleMicroUsd)}` : undefined,
    ],
    ["interrupted", run.interruptions > 0 ? `${run.interruptions} times` : undefined],
    ["failures", run.failures > 0 ? String(run.failures) : undefined],
    ["cancel", run.cancelRequested && run.endedAt === undefined ? "asked for" : undefined],
  ];
  const lines = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [`${style("quiet", name.padEnd(11))} ${value}`],
  );
  return [...lines, ...(run.output === undefined ? [] : ["", outputText(run.output)])].join("\n");
}
