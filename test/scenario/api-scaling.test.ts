/** Operators see and order capacity over the API; a submit without a free slot asks for a decision. */
import { expect, test } from "vitest";
import { capacityView, drainAnswer, scaleAnswer, scalingEventList } from "../../services/contract/capacity-view.ts";
import { fleetView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import type { CapacitySummary } from "../../services/contract/scaling.ts";
import type { Waker } from "../../services/ports/waker.ts";
import { aBeat } from "../support/builders.ts";
import { aWorkerId } from "../support/ids.ts";
import { anApi } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;

const post = (api: Api, path: string, body?: unknown) =>
  api.ask("POST", path, { as: "operator", ...(body === undefined ? {} : { body }) });
const scale = async (api: Api, body: unknown) => {
  const response = await post(api, "/v1/fleet/scale", body);
  expect(response.status).toBe(200);
  return scaleAnswer.parse(await response.json()).order;
};
const eventsOf = async (api: Api, query = "") =>
  scalingEventList.parse(await (await api.ask("GET", `/v1/fleet/events${query}`, { as: "operator" })).json());

/** An API whose fleet was decided on a moment ago, with so many free slots. */
async function aScaledApi(more: Partial<CapacitySummary> = {}, waker?: Waker) {
  const api = await anApi({ waker });
  const summary: CapacitySummary = {
    ...{ atMs: api.clock.nowMs(), epoch: 1, policy: "backlog", acts: true, free: 2 },
    slots: { need: 8, wanted: 8, running: 10, starting: 0 },
    pools: [{ pool: "local", min: 1, max: 4, desired: 1, target: 1, machines: 1, slots: 10, active: 8 }],
    because: [{ kind: "demand", visible: 0, active: 8, slots: 8 }],
    ...more,
  };
  await api.world.scalingStores.memory.publish(summary);
  return api;
}
const submit = (api: Api, count: number) =>
  api.ask("POST", "/v1/runs", {
    as: "acme",
    body: { runs: Array.from({ length: count }, () => ({ agent: "echo", input: { question: "Why?" } })) },
  });
const kickOf = (api: Api) => api.world.scalingStores.desk.lastKick();

test("the last decision is shown with its reasons in words; without one nothing is", async () => {
  const bare = await anApi();
  const shown = async (api: Api) =>
    fleetView.parse(await (await api.ask("GET", "/v1/fleet", { as: "operator" })).json()).capacity;
  expect(await shown(bare)).toBeUndefined();
  expect((await eventsOf(bare)).events).toEqual([]);
  const capacity = capacityView.parse(await shown(await aScaledApi()));
  expect(capacity).toMatchObject({ policy: "backlog", acts: true, free: 2, pools: [{ pool: "local", target: 1 }] });
  expect(capacity.because).toEqual(["0 waiting and 8 active runs need 8 slots"]);
});

test("orders add up, are told and kick; resume takes them back", async () => {
  const api = await aScaledApi();
  expect(await scale(api, { floorSlots: 50 })).toMatchObject({ hold: false, floorSlots: 50, by: expect.any(String) });
  const kicked = await kickOf(api);
  expect(kicked).toBeDefined();
  const until = new Date(api.clock.nowMs() + 60_000).toISOString();
  expect(await scale(api, { ceilingSlots: 90, until })).toMatchObject({ floorSlots: 50, ceilingSlots: 90, until });
  expect(await kickOf(api)).not.toBe(kicked);
  expect(await scale(api, { hold: true })).toMatchObject({ hold: true, floorSlots: 50, ceilingSlots: 90 });
  expect(await scale(api, { resume: true })).toBeUndefined();
  expect(await api.world.scalingStores.desk.order()).toBeUndefined();
  expect(api.world.events.of("scaling.ordered").map(({ what }) => what)).toEqual(["scale", "scale", "hold", "resume"]);
  await api.clock.advance(1);
  const first = await eventsOf(api, "?limit=3");
  const rest = await eventsOf(api, `?limit=3&cursor=${first.cursor}`);
  const told = [...first.events, ...rest.events].map(({ what }) => what);
  expect(told.toSorted()).toEqual(["hold", "resume", "scale", "scale"]);
});

test("an order whose time is over counts for nothing in the next one", async () => {
  const api = await aScaledApi();
  await scale(api, { floorSlots: 50, until: new Date(api.clock.nowMs() + 1_000).toISOString() });
  await api.clock.advance(2_000);
  expect((await scale(api, { ceilingSlots: 9 }))?.floorSlots).toBeUndefined();
});

test.each([
  [{}, 400],
  [{ floorSlots: -1 }, 400],
  [{ floorSlots: 10, ceilingSlots: 5 }, 400],
  [{ resume: true, hold: true }, 400],
  [{ floorSlots: 10, until: "tomorrow" }, 400],
  [{ floorSlots: 10, until: "2001-01-01T00:00:00Z" }, 400],
  [{ floorSlots: 10, until: "2101-01-01T00:00:00Z" }, 400],
  [{ workers: 3 }, 400],
])("%j is refused, and nothing is ordered", async (body, status) => {
  const api = await aScaledApi();
  expect((await post(api, "/v1/fleet/scale", body)).status).toBe(status);
  expect(await api.world.scalingStores.desk.order()).toBeUndefined();
});

test("where nobody scales nothing is ordered; tenants may not", async () => {
  const api = await anApi();
  expect((await post(api, "/v1/fleet/scale", { floorSlots: 5 })).status).toBe(409);
  for (const path of ["/v1/fleet/scale", "/v1/fleet/workers/w_00000000/drain"])
    expect((await api.ask("POST", path, { as: "acme", body: { floorSlots: 5 } })).status).toBe(403);
});

test("a worker is told to drain, once however often it is asked; one that is not there is not", async () => {
  const api = await anApi();
  const workerId = aWorkerId();
  await api.world.fleet.beat(aBeat({ workerId }), []);
  for (let i = 0; i < 2; i++) {
    const response = await post(api, `/v1/fleet/workers/${workerId}/drain`);
    expect(drainAnswer.parse(await response.json())).toEqual({ id: workerId, draining: true });
  }
  expect((await api.world.fleet.worker(workerId))?.drain).toBe(true);
  expect((await post(api, `/v1/fleet/workers/${aWorkerId()}/drain`)).status).toBe(404);
});

test("a submit that finds no free slot kicks, at most once in a while", async () => {
  const api = await aScaledApi();
  await submit(api, 2);
  expect(await kickOf(api)).toBeUndefined();
  await submit(api, 1);
  const first = await kickOf(api);
  expect(first).toBeDefined();
  await submit(api, 5);
  expect(await kickOf(api)).toBe(first);
  await api.clock.advance(limits.kickEveryMs);
  await submit(api, 1);
  expect(await kickOf(api)).not.toBe(first);
});

test("what was refused is no demand, nor what was accepted before", async () => {
  const api = await aScaledApi();
  const run = { agent: "echo", input: { question: "Why?" } };
  const unknown = { runs: Array.from({ length: 9 }, () => ({ ...run, agent: "nobody" })) };
  expect((await api.ask("POST", "/v1/runs", { as: "acme", body: unknown })).status).toBe(422);
  const headers = { "idempotency-key": "again" };
  for (let i = 0; i < 5; i++)
    expect((await api.ask("POST", "/v1/runs", { as: "acme", headers, body: run })).status).toBe(202);
  expect(await kickOf(api)).toBeUndefined();
  await submit(api, 1);
  expect(await kickOf(api)).toBeUndefined();
  await submit(api, 1);
  expect(await kickOf(api)).toBeDefined();
});

test("the answer of a submit does not wait for a wake that hangs", async () => {
  const called = Promise.withResolvers<void>();
  const wake = () => {
    called.resolve();
    return new Promise<void>(() => undefined);
  };
  const api = await aScaledApi({ free: 0 }, { wake });
  await api.world.leases.replace({ holder: "c", epoch: 1, counter: 0, free: true }, undefined);
  const submitted = submit(api, 1);
  await called.promise;
  await api.clock.advance(limits.kickWaitMs);
  expect((await submitted).status).toBe(202);
});

test.each<[string, Partial<CapacitySummary>]>([
  ["something is unknown", { slots: undefined }],
  ["a bound holds it down already", { slots: { need: 20, wanted: 10, running: 10, starting: 0 } }],
  ["the decision only shows what it would do", { acts: false }],
  ["there are slots enough", { free: 100 }],
])("no kick when %s", async (_, more) => {
  const api = await aScaledApi(more);
  await submit(api, 10);
  expect(await kickOf(api)).toBeUndefined();
});

test("no kick by a decision that is long past, and a submit is taken when the summary cannot be read", async () => {
  const old = await aScaledApi();
  await old.clock.advance(limits.summaryOldMs + 1);
  await submit(old, 10);
  expect(await kickOf(old)).toBeUndefined();
  const silent = await aScaledApi();
  silent.world.faults.failNext("scaling.read", new Error("no answer"));
  expect((await submit(silent, 10)).status).toBe(202);
});

/** An API beside a controller that leads, or that has given its lease up; counts how often it is woken. */
async function besideAController({ free }: { readonly free: boolean }, failing = 0) {
  const woken = { times: 0 };
  const wake = async () => {
    woken.times++;
    if (woken.times <= failing) throw new Error("refused");
  };
  const api = await aScaledApi({ free: 0 }, { wake });
  await api.world.leases.replace({ holder: "c", epoch: 1, counter: 0, free }, undefined);
  return { api, woken };
}

test("a controller that rests is woken, once by all who submit", async () => {
  const { api, woken } = await besideAController({ free: true });
  await Promise.all([submit(api, 1), submit(api, 5), submit(api, 5)]);
  expect(woken.times).toBe(1);
  // Another process of the API: what one did is in the store.
  expect(await api.world.scalingStores.desk.mayWake("another", api.clock.nowMs())).toBe(false);
  await api.clock.advance(limits.wakeEveryMs - 1);
  await submit(api, 1);
  expect(woken.times).toBe(1);
  await api.clock.advance(limits.kickEveryMs);
  await submit(api, 1);
  expect(woken.times).toBe(2);
});

test("a decision of a minute ago is believed: so old is the last one of a controller that rests", async () => {
  const { api, woken } = await besideAController({ free: true });
  await api.clock.advance(65_000);
  await submit(api, 1);
  expect(woken.times).toBe(1);
});

test("a controller that leads is not woken: it hears the kick", async () => {
  const { api, woken } = await besideAController({ free: false });
  await submit(api, 1);
  expect(woken.times).toBe(0);
  expect(await kickOf(api)).toBeDefined();
});

test("a controller that cannot be woken fails no submit", async () => {
  const { api, woken } = await besideAController({ free: true }, limits.wakeTries);
  expect((await submit(api, 1)).status).toBe(202);
  expect(woken.times).toBe(limits.wakeTries);
});

test("a call of the waker that fails is made again, and no more than that", async () => {
  const { api, woken } = await besideAController({ free: true }, 1);
  await submit(api, 1);
  expect(woken.times).toBe(2);
});
