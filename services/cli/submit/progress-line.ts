/** Progress as one line: a bar where there is a terminal, words where there is none. Pure. */
import type { RunState } from "../../contract/failures.ts";
import type { Style } from "../terminal/style.ts";
import { duration, usd } from "../terminal/units.ts";
import type { Progress } from "./progress.ts";

const badStates: readonly RunState[] = ["FAILED", "CANCELLED", "TIMED_OUT", "OVER_BUDGET", "DEAD"];

/** Runs that ended otherwise than with success. */
export const failedOf = ({ states }: Progress): number =>
  badStates.reduce((sum, state) => sum + (states[state] ?? 0), 0);

/** The parts that follow the counts. */
function facts(progress: Progress): string[] {
  const { perSecond, leftMs, ended, total } = progress;
  const rate = perSecond === undefined ? [] : [`${perSecond.toFixed(perSecond < 10 ? 1 : 0)} runs/s`];
  const left = leftMs === undefined || ended === total ? [] : [`about ${duration(leftMs)} left`];
  return [...rate, usd(progress.costMicroUsd), ...left];
}

/** `42 of 100 ended, 18 running, ...`: a line of its own. */
export function progressText(progress: Progress): string {
  const { accepted, total, ended, states } = progress;
  if (accepted < total) return `${accepted} of ${total} submitted`;
  const failed = failedOf(progress);
  const counts = [
    `${ended} of ${total} ended`,
    `${states.RUNNING ?? 0} running`,
    `${total - ended - (states.RUNNING ?? 0)} queued`,
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return [...counts, ...facts(progress)].join(", ");
}

/** A bar of `width` characters: ended runs full, running ones half, the rest light. */
export function bar(
  progress: Progress,
  width: number,
): { readonly full: string; readonly half: string; readonly rest: string } {
  const { total, ended, states } = progress;
  const share = (count: number): number => Math.round((count / Math.max(1, total)) * width);
  const full = Math.min(width, share(ended));
  const half = Math.min(width - full, share(ended + (states.RUNNING ?? 0)) - full);
  return {
    full: "█".repeat(full),
    half: "▓".repeat(Math.max(0, half)),
    rest: "░".repeat(width - full - Math.max(0, half)),
  };
}

const BAR = 24;

/** The line that a terminal of `columns` shows; it is overwritten by the next one and must not wrap. */
export function progressBar(progress: Progress, columns: number, style: Style): string {
  const words = progressText(progress);
  const width = Math.min(BAR, columns - words.length - 2);
  if (width < 5) return words.slice(0, Math.max(0, columns - 1));
  const { full, half, rest } = bar(progress, width);
  return `${style(failedOf(progress) > 0 ? "bad" : "good", full)}${style("busy", half)}${style("quiet", rest)} ${words}`;
}
