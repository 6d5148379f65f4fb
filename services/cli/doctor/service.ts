/** Checks of the API and of what stands behind it. Each goes on only when the one before it found nothing wrong. */
import type { FleetView } from "../../contract/http.ts";
import { cliLimits } from "../bounds.ts";
import { type Client, makeClient } from "../client.ts";
import { apiKey, apiUrl, type Setting } from "../connection.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { CliFailure, Interrupted, Refusal } from "../failure.ts";
import { duration } from "../terminal/units.ts";
import { type Finding, ok, skipped, warn, wrong } from "./finding.ts";

/** A finding in place of a failure; Ctrl-C stays one. */
function found(check: string, error: unknown): Finding {
  if (!(error instanceof CliFailure) || error instanceof Interrupted) throw error;
  return wrong(check, error.message, error.fix ?? "see npx muster --help");
}

function setting(check: string, settle: () => Setting): Setting | Finding {
  try {
    return settle();
  } catch (error) {
    return found(check, error);
  }
}

/** Finds the API, asks whether it lives, takes the key, has workers, and what waits. */
export async function checkService(context: CliContext, options: GlobalOptions): Promise<readonly Finding[]> {
  const url = setting("api", () => apiUrl(context, options));
  if ("level" in url) return [url];
  const key = setting("api key", () => apiKey(context, options));
  const { clock, chance, signal } = context;
  const secret = "level" in key ? "" : key.value;
  const client = makeClient({ url: url.value, key: secret, clock, chance, signal, fetch });
  const alive = await checkAlive(context, client, url);
  if (alive.some((finding) => finding.level === "wrong")) return alive;
  if ("level" in key) return [...alive, key];
  const accepted = await checkKey(client, key);
  return [...alive, accepted, ...(accepted.level === "wrong" ? [] : await checkFleet(client))];
}

async function checkAlive(context: CliContext, client: Client, url: Setting): Promise<readonly Finding[]> {
  const askedAtMs = context.clock.nowMs();
  try {
    const headers = await client.health();
    const answeredAtMs = context.clock.nowMs();
    const here = ok("api", `${url.value} answers in ${duration(answeredAtMs - askedAtMs)} (from ${url.from})`);
    return [here, skewFinding(headers.get("date"), (askedAtMs + answeredAtMs) / 2)];
  } catch (error) {
    return [found("api", error)];
  }
}

/** Compares the Date header, which has whole seconds, with our clock at the middle of the call. Pure. */
export function skewFinding(date: string | null, nowMs: number): Finding {
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return skipped("clock", "the API sends no Date");
  const skewMs = nowMs - (theirs + 500);
  if (Math.abs(skewMs) <= cliLimits.skewMs) return ok("clock", `within ${duration(cliLimits.skewMs)} of the API's`);
  const side = skewMs > 0 ? "ahead of" : "behind";
  return wrong(
    "clock",
    `${duration(Math.abs(skewMs))} ${side} the API's`,
    "set this machine's clock (NTP): deadlines depend on it",
  );
}

async function checkKey(client: Client, key: Setting): Promise<Finding> {
  try {
    await client.runs({ limit: 1 });
    return ok("api key", `accepted (from ${key.from})`);
  } catch (error) {
    if (!(error instanceof Refusal) || error.problem.status !== 401) return found("api key", error);
    const mend = "give the key of this API: --key or MUSTER_API_KEY; an operator makes one with npx muster keys create";
    return wrong("api key", `refused (from ${key.from}): ${error.message}`, mend);
  }
}

async function checkFleet(client: Client): Promise<readonly Finding[]> {
  try {
    return fleetFindings(await client.fleet());
  } catch (error) {
    if (!(error instanceof Refusal) || error.problem.status !== 403) return [found("workers", error)];
    return [skipped("workers", "the key is a tenant's; an operator's sees the fleet")];
  }
}

/** Workers that can take runs, and lanes whose depth is known. Pure. */
export function fleetFindings(fleet: FleetView): readonly Finding[] {
  const alive = fleet.workers.filter(({ mode }) => mode === "RUNNING" || mode === "STARTING");
  const waiting = fleet.lanes.map(({ lane, visible }) => `${lane} ${visible ?? "unknown"}`).join(", ");
  const depth = fleet.lanes.some(({ visible }) => visible === undefined)
    ? warn("lanes", `waiting: ${waiting}`, "the queue does not tell its depth; runs go on, scaling holds")
    : ok("lanes", `waiting: ${waiting}`);
  const workers =
    alive.length > 0
      ? ok("workers", `${alive.length} alive, ${fleet.active} of ${fleet.slots} slots active`)
      : wrong(
          "workers",
          `none of ${fleet.workers.length} takes runs`,
          "restart npm start; its output says why workers ended",
        );
  return [workers, depth];
}
