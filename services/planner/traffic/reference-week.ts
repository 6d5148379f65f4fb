/** The specification's reference week: how many runs are active at a local time, as a multiple of a working hour. Pure. */
import { DAY, HOUR, MINUTE } from "../../contract/units.ts";

/** 08-18 working hours, evenings until 22 at a quarter, nights and weekends at a twentieth. */
const WORK = { fromMs: 8 * HOUR, untilMs: 18 * HOUR, level: 1 };
const EVENING = { untilMs: 22 * HOUR, level: 0.25 };
const NIGHT_LEVEL = 0.05;
/** People come and go within this time: levels change over it, not at once. */
const EDGE = 15 * MINUTE;

/** A spike: up to `times` the working hour within minutes, gone after an hour and a half. */
export type Spike = {
  readonly name: string;
  /** Since Monday midnight, local time. */
  readonly atMs: number;
  readonly times: number;
  readonly riseMs: number;
  readonly decayMs: number;
};

const spike = (name: string, atMs: number, times: number): Spike => ({
  name,
  atMs,
  times,
  riseMs: 5 * MINUTE,
  decayMs: 90 * MINUTE,
});

/** Monday 09:00 ten times, Thursday 14:00 seven and a half times the average of a working hour. */
export const referenceSpikes: readonly Spike[] = [
  spike("Monday burst", 9 * HOUR, 10),
  spike("Thursday burst", 3 * DAY + 14 * HOUR, 7.5),
];

function levelOf(day: number, timeMs: number): number {
  if (day >= 5) return NIGHT_LEVEL;
  if (timeMs >= WORK.fromMs && timeMs < WORK.untilMs) return WORK.level;
  return timeMs >= WORK.untilMs && timeMs < EVENING.untilMs ? EVENING.level : NIGHT_LEVEL;
}

/** The level, moving evenly over `EDGE` after each change. */
function smoothed(sinceMondayMs: number): number {
  const at = (ms: number) => {
    const wrapped = (ms + 7 * DAY) % (7 * DAY);
    return levelOf(Math.floor(wrapped / DAY), wrapped % DAY);
  };
  const steps = 5;
  let sum = 0;
  for (let step = 0; step < steps; step++) sum += at(sinceMondayMs - (step * EDGE) / steps);
  return sum / steps;
}

/** What a spike adds: linear up, then down to a twentieth over `decayMs`, along an exponential. */
function spikeAt({ atMs, times, riseMs, decayMs }: Spike, sinceMondayMs: number): number {
  const since = sinceMondayMs - atMs;
  if (since < 0) return 0;
  const height = times - 1;
  if (since < riseMs) return (height * since) / riseMs;
  return height * Math.exp((-3 * (since - riseMs)) / decayMs);
}

/** Active runs at a time since Monday midnight (local, ms), in working hours' averages. */
export function referenceLevel(sinceMondayMs: number, spikes: readonly Spike[] = referenceSpikes): number {
  return spikes.reduce((sum, one) => sum + spikeAt(one, sinceMondayMs), smoothed(sinceMondayMs));
}
