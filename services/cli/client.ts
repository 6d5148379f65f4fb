/** The API as functions; every answer is checked against `contract/http.ts`. Errors are those of `api/request.ts`. */
import { z } from "zod";
import { budgetList, budgetView, type SetBudgets, type SetTenantBudget } from "../contract/budgets.ts";
import type { ScaleFleet } from "../contract/capacity-events.ts";
import { drainAnswer, scaleAnswer, scalingEventList } from "../contract/capacity-view.ts";
import { costReport } from "../contract/cost-view.ts";
import {
  agentList,
  type BreakerAction,
  breakerList,
  breakerView,
  bulkResult,
  type cancelMany,
  createdKey,
  type createKey,
  fleetView,
  keyList,
  keyView,
  type redriveMany,
  type redriveRun,
  runList,
  runView,
  type SubmitRun,
} from "../contract/http.ts";
import { type LimitChange, limitList, limitView } from "../contract/limit-view.ts";
import { limits } from "../contract/limits.ts";
import { type Ask, bodyOf, type Http, sender } from "./api/request.ts";

/** Filters of a listing; `cursor` continues one. */
export type ListFilter = {
  readonly tenant?: string | undefined;
  readonly state?: string | undefined;
  readonly agent?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
};

/** A question about costs; `by` as the API takes it. */
export type CostsAsked = {
  readonly by: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly tenant?: string | undefined;
};

const health = z.looseObject({ status: z.literal("ok") });

const query = (pairs: Readonly<Record<string, string | number | undefined>>): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(pairs)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? "" : `?${given}`;
};

const segment = encodeURIComponent;

/** A limit class; on the deployment's own platform unless another one is named. */
export type ClassName = { readonly limitClass: string; readonly platform?: string | undefined };
const classPath = ({ limitClass, platform }: ClassName): string => `${segment(limitClass)}${query({ platform })}`;

/** Client of one API. `onRetry` hears of each repeated request. */
export function makeClient(http: Http, onRetry?: Ask["onRetry"]) {
  const send = sender(http);
  const heard = onRetry === undefined ? {} : { onRetry };

  async function ask<S extends z.ZodType>(schema: S, given: Omit<Ask, "repeatable"> & { repeatable?: boolean }) {
    const whole: Ask = { repeatable: true, ...heard, ...given };
    return bodyOf(schema, (await send(whole)).text, { url: http.url, ...whole });
  }
  const get = <S extends z.ZodType>(schema: S, path: string, extraMs = 0) =>
    ask(schema, { method: "GET", path, extraMs });
  const post = (path: string, body?: string, headers: Record<string, string> = {}) =>
    ({ method: "POST", path, body, headers }) as const;

  return {
    http,
    /** Submits up to `limits.submitRunsMax` runs; the same key and runs again give the same runs. */
    submit: async (runs: readonly SubmitRun[], idempotencyKey: string) => {
      const body = post("/v1/runs", JSON.stringify({ runs }), { "idempotency-key": idempotencyKey });
      return (await ask(runList, body)).runs;
    },
    run: (id: string) => get(runView, `/v1/runs/${segment(id)}`),
    runs: (filter: ListFilter) => get(runList, `/v1/runs${query(filter)}`),
    /** The runs of `ids` as soon as one of them has ended, or after `waitMs`. */
    waitFor: async (ids: readonly string[], waitMs: number) => {
      const path = `/v1/runs${query({ ids: ids.join(","), wait: waitMs / 1_000 })}`;
      return (await get(runList, path, waitMs)).runs;
    },
    cancel: (id: string) => ask(runView, post(`/v1/runs/${segment(id)}/cancel`)),
    redrive: (id: string, raise: z.input<typeof redriveRun>) =>
      ask(runView, post(`/v1/runs/${segment(id)}/redrive`, JSON.stringify(raise))),
    /** One call of many; the answer has a cursor while there is more. */
    cancelMany: (many: z.input<typeof cancelMany>) =>
      ask(bulkResult, { ...post("/v1/runs/cancel", JSON.stringify(many)), extraMs: limits.bulkCallMs }),
    redriveMany: (many: z.input<typeof redriveMany>) =>
      ask(bulkResult, { ...post("/v1/runs/redrive", JSON.stringify(many)), extraMs: limits.bulkCallMs }),
    agents: async () => (await get(agentList, "/v1/agents")).agents,
    fleet: () => get(fleetView, "/v1/fleet"),
    scalingEvents: (limit: number) => get(scalingEventList, `/v1/fleet/events${query({ limit })}`),
    scaleFleet: (order: ScaleFleet) => ask(scaleAnswer, post("/v1/fleet/scale", JSON.stringify(order))),
    drainWorker: (id: string) => ask(drainAnswer, post(`/v1/fleet/workers/${segment(id)}/drain`)),
    costs: (asked: CostsAsked) => get(costReport, `/v1/costs${query(asked)}`),
    breakers: async () => (await get(breakerList, "/v1/breakers")).breakers,
    breaker: (one: ClassName) => get(breakerView, `/v1/breakers/${classPath(one)}`),
    setBreaker: (one: ClassName, action: BreakerAction) =>
      ask(breakerView, post(`/v1/breakers/${classPath(one)}`, JSON.stringify(action))),
    limits: async () => (await get(limitList, "/v1/limits")).limits,
    limit: (one: ClassName) => get(limitView, `/v1/limits/${classPath(one)}`),
    setLimit: (one: ClassName, change: LimitChange) =>
      ask(limitView, { method: "PUT", path: `/v1/limits/${classPath(one)}`, body: JSON.stringify(change) }),
    resetLimit: (one: ClassName) => ask(limitView, { method: "DELETE", path: `/v1/limits/${classPath(one)}` }),
    budgets: () => get(budgetList, "/v1/budgets"),
    setBudgets: (change: SetBudgets) =>
      ask(budgetList, { method: "PUT", path: "/v1/budgets", body: JSON.stringify(change) }),
    budget: (tenant: string) => get(budgetView, `/v1/budgets/${segment(tenant)}`),
    setBudget: (tenant: string, change: SetTenantBudget) =>
      ask(budgetView, { method: "PUT", path: `/v1/budgets/${segment(tenant)}`, body: JSON.stringify(change) }),
    keys: async () => (await get(keyList, "/v1/keys")).keys,
    /** Not repeated when unanswered: a second key would be made. */
    createKey: (key: z.input<typeof createKey>) =>
      ask(createdKey, { ...post("/v1/keys", JSON.stringify(key)), repeatable: false }),
    revokeKey: (id: string) => ask(keyView, { method: "DELETE", path: `/v1/keys/${segment(id)}` }),
    /** Headers of `/healthz`, which needs no key. */
    health: async () => {
      const whole: Ask = { method: "GET", path: "/healthz", repeatable: false };
      const answer = await send(whole);
      bodyOf(health, answer.text, { url: http.url, ...whole });
      return answer.headers;
    },
  };
}
export type Client = ReturnType<typeof makeClient>;
