/** The stand-ins of DynamoDB and SQS are killed under load and started again by the supervisor: nothing is lost, and the API says so. */
import type { TwinEvent } from "../bench/twin.ts";
import { type DrillOptions, onStage, type Stage, uneven } from "./drill.ts";
import { pause } from "./load.ts";

const EVERY_MS = 6_000;
const SAY_EVERY = 5;
const BACK_MS = 60_000;
const PROBE_MS = 50;
const CALL_MS = 30_000;
const victims = [["dynamodb"], ["queue"], ["dynamodb", "queue"]] as const;

/** The process of a role: the first one, or the one that was started last. */
function pidOf({ pids, events }: Stage["twin"], role: string): number | undefined {
  const again = events.filter((one: TwinEvent) => one.event === "child.restarted" && one.role === role).at(-1);
  return again?.pid ?? pids[role]?.[0];
}

/** How the API answered a reader while a store was away. */
type Probe = { readonly status: number | "failed"; readonly retryAfter: string | null };

async function probe({ twin }: Stage, id: string): Promise<Probe> {
  try {
    const answer = await fetch(`${twin.url}/v1/runs/${id}`, {
      headers: { authorization: `Bearer ${twin.apiKey}` },
      signal: AbortSignal.timeout(CALL_MS),
    });
    await answer.arrayBuffer();
    return { status: answer.status, retryAfter: answer.headers.get("retry-after") };
  } catch {
    return { status: "failed", retryAfter: null };
  }
}

/** Kills these stand-ins and waits until they are back; gives how long that took. */
async function killStores(stage: Stage, roles: readonly string[]): Promise<number> {
  const { twin } = stage;
  const restarts = () =>
    twin.events.filter(({ event, role }) => event === "child.restarted" && roles.includes(role ?? ""));
  const before = restarts().length;
  const startMs = performance.now();
  for (const role of roles) {
    const pid = pidOf(twin, role);
    if (pid === undefined) throw new Error(`there is no ${role}`);
    process.kill(pid, "SIGKILL");
  }
  while (restarts().length < before + roles.length) {
    if (performance.now() - startMs > BACK_MS) throw new Error(`${roles.join(", ")} did not come back`);
    await pause(PROBE_MS);
  }
  return performance.now() - startMs;
}

/** `kills` rounds: DynamoDB, SQS, and both at once, in turn. */
export async function restart(options: DrillOptions) {
  const slots = options.runs;
  const flags = ["--workers", "2", "--slots", String(slots)];
  return onStage({ name: "restart", flags, openRuns: options.runs }, async (stage) => {
    const probes: Probe[] = [];
    const over = new AbortController();
    const probing = (async () => {
      while (!over.signal.aborted) {
        const [id] = stage.load.accepted;
        if (id !== undefined) probes.push(await probe(stage, id));
        await pause(PROBE_MS);
      }
    })();
    const backMs: number[] = [];
    for (let round = 0; round < options.kills; round++) {
      await pause(uneven(EVERY_MS));
      backMs.push(Math.round(await killStores(stage, victims[round % victims.length] ?? [])));
      if ((round + 1) % SAY_EVERY === 0) stage.progress(`${round + 1} of ${options.kills} restarts`);
    }
    over.abort();
    await probing;
    const answers = [...stage.load.answers, ...probes].map(({ status, retryAfter }) => ({ status, retryAfter }));
    const statuses: Record<string, number> = {};
    for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
    const odd = Object.keys(statuses).filter((status) => !["200", "202", "503"].includes(status));
    const rude = answers.filter(({ status, retryAfter }) => status === 503 && !retryAfter).length;
    return {
      settings: { workers: 2, slots, everyMs: EVERY_MS, stores: victims },
      kills: options.kills,
      notices: 0,
      statuses,
      storeBackMs: backMs,
      promisesBroken: [
        ...(rude === 0 ? [] : [`8: ${rude} answers 503 without Retry-After`]),
        ...(odd.length === 0 ? [] : [`8: the API answered ${odd.join(", ")}`]),
        ...(statuses["503"] === undefined ? ["no request met a store that was away: nothing was tried"] : []),
      ],
    };
  });
}
