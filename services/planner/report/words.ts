/** Figures as the report writes them. */

/** Text that is safe inside HTML. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);

/** `1234.5` is `$1,235`; what is below a hundred keeps its cents. */
export const dollars = (usd: number): string =>
  `${usd < 0 ? "-" : ""}$${Math.abs(usd).toLocaleString("en-US", {
    minimumFractionDigits: Math.abs(usd) < 100 ? 2 : 0,
    maximumFractionDigits: Math.abs(usd) < 100 ? 2 : 0,
  })}`;

/** Prices of an agent-hour or a slot-hour. */
export const smallDollars = (usd: number): string => `$${usd.toFixed(5)}`;

/** A part as percent; a number without its fraction. */
export const percent = (part: number): string => `${Math.round(part * 100)} %`;
export const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

/** Seconds below two minutes, then minutes, then hours; a dash where there is nothing. */
export function time(ms: number | undefined): string {
  if (ms === undefined) return "-";
  const seconds = ms / 1_000;
  if (seconds < 120) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 2 * 3_600) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}
