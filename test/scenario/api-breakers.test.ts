/** Operators read and set breakers over the API. */
import { expect, test } from "vitest";
import { breakerList, breakerView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { tallyOf } from "../../services/core/breaker.ts";
import { firstControl } from "../../services/core/rate-control.ts";
import { anApi } from "./api-fixture.ts";

const name = { platform: "p", workspace: "w", limitClass: "claude-haiku-5-5" };
const path = `/v1/breakers/${name.limitClass}`;
type Api = Awaited<ReturnType<typeof anApi>>;

const ask = async (api: Api, method: "GET" | "POST", body?: unknown) => {
  const response = await api.ask(method, path, { as: "operator", ...(body === undefined ? {} : { body }) });
  expect(response.status).toBe(200);
  return breakerView.parse(await response.json());
};

test("a class that nobody used is closed, and says that its rate is not known", async () => {
  const api = await anApi();
  expect(await ask(api, "GET")).toEqual({ limitClass: name.limitClass, state: "closed", calls: 0, failures: 0 });
  const all = breakerList.parse(await (await api.ask("GET", "/v1/breakers", { as: "operator" })).json()).breakers;
  expect(all.map((one) => one.limitClass)).toContain(name.limitClass);
});

test("open stops the class until close; both are written for the workers, told once, and repeating changes nothing", async () => {
  const api = await anApi();
  await api.world.limiter.begin(name, firstControl(generousRateLimit, 0, api.clock.nowMs()));
  expect(await ask(api, "POST", { action: "open" })).toMatchObject({ state: "open", cause: "operator", share: 0 });
  expect((await api.world.limiter.read(name)).item).toMatchObject({
    version: 2,
    control: { breaker: { kind: "open" } },
  });
  await ask(api, "POST", { action: "open" });
  expect((await api.world.limiter.read(name)).item?.version).toBe(2);
  expect((await ask(api, "GET")).probeAt).toBeUndefined();
  expect(await ask(api, "POST", { action: "close" })).toMatchObject({ state: "closed", share: 1 });
  expect(api.world.events.of("breaker.opened")).toHaveLength(1);
  expect(api.world.events.of("breaker.closed")).toHaveLength(1);
});

test("a class can be opened before its first use", async () => {
  const api = await anApi();
  expect(await ask(api, "POST", { action: "open" })).toMatchObject({ state: "open" });
});

test("what the breaker judges by is shown: the calls of its window", async () => {
  const api = await anApi();
  await api.world.limiter.begin(name, firstControl(generousRateLimit, 0, api.clock.nowMs()));
  const stay = { kind: "ahead", from: 0, add: 0 } as const;
  const bucket = tallyOf(api.clock.nowMs());
  await api.world.limiter.book(name, 1, {
    moves: { requests: stay, input: stay, output: stay },
    tallies: new Map([
      [bucket, { calls: 9, failures: 2 }],
      [bucket - 2 * (limits.breakerWindowMs / limits.tallyMs), { calls: 50, failures: 50 }],
    ]),
    forget: [],
  });
  expect(await ask(api, "GET")).toMatchObject({ calls: 9, failures: 2 });
});

test.each([
  ["acme", path, { action: "open" }, 403],
  ["operator", path, { action: "explode" }, 400],
  ["operator", path, { action: "open", limit: {} }, 400],
  ["operator", "/v1/breakers/No%20Such", { action: "open" }, 400],
] as const)("%s may not %s %j: %d, and nothing is stored", async (as, where, body, status) => {
  const api = await anApi();
  expect((await api.ask("POST", where, { as, body })).status).toBe(status);
  expect((await api.world.limiter.read(name)).item).toBeUndefined();
});
