/** Reads the runs of a tenant page by page and writes those that have ended as lines of traffic. */
import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import type { RunView } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import { cliLimits } from "../bounds.ts";
import type { Client } from "../client.ts";
import { connect } from "../connect.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { CliFailure, UsageFailure } from "../failure.ts";
import { outputFor } from "../terminal/output.ts";
import { parseDuration } from "../terminal/units.ts";
import { trafficLineOf } from "./traffic-line.ts";

/** Options of the command. */
export type ExportOptions = {
  readonly out?: string;
  readonly since: string;
  readonly agent?: string;
  readonly tenant?: string;
};

/** Where lines go. */
type Sink = { write(text: string): void; close(): void };

function sinkOf(context: CliContext, out: string | undefined): Sink {
  if (out === undefined) return { write: (text) => context.stdout.write(text), close: () => undefined };
  try {
    const file = openSync(resolve(context.cwd, out), "w");
    return { write: (text) => void writeSync(file, text), close: () => closeSync(file) };
  } catch (cause) {
    throw new UsageFailure(`--out: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Pages, newest first, until one is older than `sinceMs` or `cliLimits.exportRuns` were read. */
async function* pagesSince(
  client: Client,
  { agent, tenant }: ExportOptions,
  sinceMs: number,
): AsyncGenerator<readonly RunView[]> {
  let cursor: string | undefined;
  let read = 0;
  do {
    const page = await client.runs({ agent, tenant, limit: limits.pageMax, cursor });
    const young = page.runs.filter(({ createdAt }) => Date.parse(createdAt) >= sinceMs);
    yield young;
    read += page.runs.length;
    cursor = young.length < page.runs.length ? undefined : page.cursor;
  } while (cursor !== undefined && read < cliLimits.exportRuns);
}

/** `muster export`. Lines on stdout or in a file; counts at the end. */
export async function runExport(context: CliContext, options: ExportOptions & GlobalOptions): Promise<void> {
  const spanMs = parseDuration(options.since);
  if (spanMs === undefined) throw new UsageFailure(`--since: "${options.since}" is no time`, "give one such as 7d");
  if (options.json === true && options.out === undefined)
    throw new UsageFailure("--json: the lines and the result would both be on stdout", "name a file with --out");
  const output = outputFor(context, options);
  const client = connect(context, options);
  const sink = sinkOf(context, options.out);
  let [exported, left] = [0, 0];
  try {
    for await (const page of pagesSince(client, options, context.clock.nowMs() - spanMs)) {
      const lines = page.flatMap((run) => trafficLineOf(run) ?? []);
      sink.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      exported += lines.length;
      left += page.length - lines.length;
      if (context.signal.aborted) throw new CliFailure("interrupted", `interrupted after ${exported} runs`);
    }
  } finally {
    sink.close();
  }
  output.note(`${exported} runs exported; ${left} left out that have not ended or never began`);
  output.result({ exported, left, ...(options.out === undefined ? {} : { file: options.out }) });
}
