import { events, type MusterEvent } from "../../contract/events.ts";
import { runId } from "../../contract/ids.ts";
import { traceIdOf } from "../../core/run-spans.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventListener, EventSink } from "../../ports/event-sink.ts";
import { eventBus } from "./event-bus.ts";

/** How grave an event is; each level includes the ones after it. */
export const levels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof levels)[number];

/** Where lines go; `process.stdout` is one. */
export type LineWriter = { write(text: string): unknown };

/** The least level that is written, the clock that dates the lines, and who speaks. */
export type EventLogOptions = {
  readonly level: Level;
  readonly clock: Clock;
  /** Fields of every line; absent: none. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Whether lines of runs say the run's trace; absent: not. */
  readonly traces?: boolean | undefined;
};

/** A sink that writes each event at or above `level` as one line of JSON: time, level, code, event, text, payload. */
export const eventLog = (to: LineWriter, options: EventLogOptions): EventSink => eventBus([eventLines(to, options)]);

/** The same as a subscriber of a bus. */
export function eventLines(to: LineWriter, options: EventLogOptions): EventListener {
  const least = levels.indexOf(options.level);
  return (event) => {
    if (levels.indexOf(events[event.name].level) >= least) to.write(lineOf(event, options));
  };
}

/** A message of a broken body names a run that is none. */
function traceOf(id: string): { readonly traceId?: string } {
  const run = runId.safeParse(id);
  return run.success ? { traceId: traceIdOf(run.data) } : {};
}

function lineOf(event: MusterEvent, { clock, fields, traces }: EventLogOptions): string {
  const { code, level, text } = events[event.name];
  const { payload } = event;
  const trace = traces === true && "runId" in payload ? traceOf(payload.runId) : {};
  const time = new Date(clock.nowMs()).toISOString();
  return `${JSON.stringify({ time, level, code, event: event.name, text, ...fields, ...trace, payload })}\n`;
}
