/** The control endpoint `/_stub/...`: what tests and benchmarks ask of the stub and tell it. */
import type { z } from "zod";
import { parseBody } from "./messages.ts";
import { invalid, Refusal } from "./refusal.ts";
import { configFile, configPatch, faultRules, resetRequest, rulesFrom, script, turnsFrom } from "./settings.ts";
import type { StubState } from "./state.ts";

function read<S extends z.ZodType>(schema: S, body: string): z.output<S> {
  const parsed = schema.safeParse(body === "" ? {} : parseBody(body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(issue?.path.join(".") || "body", issue?.message ?? "is not valid");
}

function applyConfig(state: StubState, patch: z.output<typeof configPatch>): void {
  if (patch.seed !== undefined) state.seed = patch.seed;
  if (patch.latency !== undefined) state.latency = patch.latency;
  Object.assign(state.batches.plan, patch.batches ?? {});
  for (const [modelClass, limits] of Object.entries(patch.limits ?? {})) state.limits.set(modelClass, limits);
}

function addFaults(state: StubState, input: z.output<typeof faultRules>): void {
  for (const rule of rulesFrom(input, state.clock.now())) {
    if (!state.faults.add(rule)) throw invalid("rules", "there are too many fault rules");
  }
}

function reset(state: StubState, what: z.output<typeof resetRequest>): void {
  if (what.calls) {
    state.ledger.reset();
    state.refusedByStatus.clear();
    state.limited = 0;
  }
  if (what.faults) state.faults.clear();
  if (what.scripts) state.scripts.clear();
  if (what.cache) state.cache.clear();
  if (what.buckets) state.limits.refillAll();
}

function calls(state: StubState, query: URLSearchParams): object {
  const totals = {
    ...state.ledger.totals(),
    limited: state.limited,
    refusedByStatus: Object.fromEntries(state.refusedByStatus),
  };
  if (query.get("view") === "totals") return { totals };
  const wanted = query.getAll("run");
  const ids = wanted.length > 0 ? wanted : state.ledger.runIds();
  return { totals, runs: ids.flatMap((id) => state.ledger.run(id) ?? []) };
}

const configNow = (state: StubState): object => ({
  seed: state.seed,
  latency: state.latency,
  batches: state.batches.plan,
  limits: state.limits.all(),
});

/** Applies a configuration file. */
export function applyFile(state: StubState, body: string): void {
  const file = read(configFile, body);
  if (file.config !== undefined) applyConfig(state, file.config);
  if (file.faults !== undefined) addFaults(state, { rules: file.faults });
  for (const one of file.scripts ?? []) state.scripts.set(one.runId, turnsFrom(one));
}

/** A request to the stub itself. */
export type ControlRequest = { readonly method: string; readonly url: URL; readonly body: string };

/** Answers a control request with an object for the body. Throws a Refusal. */
export function control(state: StubState, request: ControlRequest): object {
  const { method, url, body } = request;
  switch (`${method} ${url.pathname}`) {
    case "GET /_stub/health":
      return { ok: true, ...state.ledger.totals(), cacheEntries: state.cache.size };
    case "GET /_stub/calls":
      return calls(state, url.searchParams);
    case "GET /_stub/config":
      return configNow(state);
    case "POST /_stub/config":
      applyConfig(state, read(configPatch, body));
      return configNow(state);
    case "GET /_stub/faults":
      return { rules: state.faults.list() };
    case "POST /_stub/faults":
      addFaults(state, read(faultRules, body));
      return { rules: state.faults.list() };
    case "DELETE /_stub/faults":
      state.faults.clear();
      return { rules: [] };
    case "POST /_stub/scripts": {
      const one = read(script, body);
      state.scripts.set(one.runId, turnsFrom(one));
      return { runId: one.runId, turns: one.turns.length };
    }
    case "POST /_stub/reset":
      reset(state, read(resetRequest, body));
      return { ok: true };
    default:
      throw new Refusal(404, `Not found: ${method} ${url.pathname}`);
  }
}
