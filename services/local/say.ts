/** The twin's events in words for a person: what is real, what to do next, what went wrong. */
import { resolve } from "node:path";
import type { TwinEvent } from "./events.ts";
import { describe, type StandIns } from "./stand-ins.ts";

const grave = (json: unknown): json is { level: string; event: string; text?: string; payload?: unknown } =>
  typeof json === "object" && json !== null && "level" in json && (json.level === "warn" || json.level === "error");

const howEnded = (code: number | null, signal: string | null): string =>
  signal === null ? `exit code ${code}` : signal;

/** First lines of a start. */
export const greeting = (standIns: StandIns): string[] => [
  "Muster on this machine",
  ...describe(standIns).map((line) => `  ${line}`),
];

/** The folder that the command line looks into by itself. */
const DEFAULT_FOLDER = ".muster";

function ready(event: Extract<TwinEvent, { event: "local.ready" }>): string[] {
  const data = event.dataDir === resolve(DEFAULT_FOLDER) ? "" : `MUSTER_DATA=${event.dataDir} `;
  return [
    `  URL                 ${event.url}  (key: ${event.dataDir}/api-key)`,
    `  data folder         ${event.dataDir}  (kept over restarts; logs in log/)`,
    "",
    `Ready after ${(event.readyMs / 1_000).toFixed(1)} s. Try next, in another terminal:`,
    `  ${data}npx muster submit --agent research --file examples/questions.jsonl --wait`,
    `  ${data}npx muster list`,
    "Ctrl-C drains and stops; unfinished runs go on at the next start.",
  ];
}

/** Lines for a person; none for what does not matter to one. */
export function say(event: TwinEvent): string[] {
  switch (event.event) {
    case "local.ready":
      return ready(event);
    case "worker.spawned":
    case "local.starting":
      return [];
    case "worker.ended":
      return event.code === 0
        ? []
        : [`worker ${event.workerId ?? event.pid} ended: ${howEnded(event.code, event.signal)}`];
    case "child.ended":
      return event.code === 0 ? [] : [`${event.role} ended: ${howEnded(event.code, event.signal)}`];
    case "child.restarted":
      return [`${event.role} runs again`];
    case "child.line": {
      const { json, error, text } = event.line;
      if (error) return [`${event.role}: ${text}`];
      return grave(json) ? [`${event.role}: ${json.event} ${JSON.stringify(json.payload ?? {})}`] : [];
    }
    case "local.stopping":
      return [
        `Stopping (${event.because}): turns in flight are finished first. Ctrl-C again ends at once; no run is lost.`,
      ];
    case "local.stopped":
      return ["Stopped."];
  }
}

/** Kind of an event that may come in crowds; undefined for one that is always said. */
export function crowdOf(event: TwinEvent): string | undefined {
  if (event.event !== "child.line" || event.line.error) return undefined;
  return grave(event.line.json) ? `${event.role} ${event.line.json.event}` : undefined;
}

/** Whether `--json` prints an event: all but the harmless lines of children, which are in their logs. */
export const printed = (event: TwinEvent): boolean =>
  event.event !== "child.line" || event.line.error || grave(event.line.json);
