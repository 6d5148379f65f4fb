/** Operators read and change rate limits over the API while workers use them. */
import { expect, test } from "vitest";
import { limitList, limitView } from "../../services/contract/limit-view.ts";
import { defaultRateLimit, generousRateLimit } from "../../services/contract/rate.ts";
import { firstControl, lowered } from "../../services/core/rate-control.ts";
import { anApi } from "./api-fixture.ts";

const name = { platform: "p", workspace: "w", limitClass: "claude-haiku-5-5" };
const path = `/v1/limits/${name.limitClass}`;
type Api = Awaited<ReturnType<typeof anApi>>;

const ask = async (api: Api, method: "GET" | "PUT" | "DELETE", body?: unknown) => {
  const response = await api.ask(method, path, { as: "operator", ...(body === undefined ? {} : { body }) });
  expect(response.status).toBe(200);
  return limitView.parse(await response.json());
};
const control = async (api: Api) => (await api.world.limiter.read(name)).item?.control;

test("a class that nobody used says that its limit is not known; models and other calls are listed", async () => {
  const api = await anApi();
  expect(await ask(api, "GET")).toEqual({ limitClass: name.limitClass });
  const { limits } = limitList.parse(await (await api.ask("GET", "/v1/limits", { as: "operator" })).json());
  const classes = limits.map((one) => one.limitClass);
  expect(classes).toEqual(expect.arrayContaining([name.limitClass, "count-tokens", "message-batches"]));
  expect(new Set(classes).size).toBe(classes.length);
});

test("a limit is changed field by field, kept against settings, and given back to them", async () => {
  const api = await anApi();
  await api.world.limiter.begin(name, firstControl(generousRateLimit, 0, api.clock.nowMs()));
  const set = await ask(api, "PUT", { requestsPerMinute: 120, burstSize: 10 });
  expect(set).toMatchObject({
    limit: { ...generousRateLimit, requestsPerMinute: 120, burstSize: 10 },
    setBy: "operator",
    requestsPerMinute: 120,
  });
  expect(await control(api)).toMatchObject({ limitBy: "operator", limit: { requestsPerMinute: 120 } });
  expect(await ask(api, "DELETE")).toMatchObject({ limit: defaultRateLimit, setBy: "settings" });
  expect(await control(api)).toMatchObject({ limitBy: "settings", limit: defaultRateLimit });
  expect(api.world.events.of("rate.limit-set")).toMatchObject([
    { requestsPerMinute: 120, setBy: "operator" },
    { requestsPerMinute: 300, setBy: "settings" },
  ]);
});

test("a limit can be set before the first use, and the server's word of before is forgotten", async () => {
  const api = await anApi();
  expect(await ask(api, "PUT", { requestsPerMinute: 50 })).toMatchObject({ requestsPerMinute: 50 });
  const seen = await api.world.limiter.read(name);
  if (seen.item === undefined) throw new Error("no item");
  const low = lowered(seen.item.control, { requestsPerMinute: 7 }, api.clock.nowMs());
  await api.world.limiter.change(name, seen.item.version, low);
  expect(await ask(api, "GET")).toMatchObject({ requestsPerMinute: 7, server: { requestsPerMinute: 7 } });
  expect(await ask(api, "PUT", { requestsPerMinute: 60 })).toMatchObject({ requestsPerMinute: 60 });
});

test.each([
  ["acme", path, { requestsPerMinute: 5 }, 403],
  ["operator", path, {}, 400],
  ["operator", path, { requestsPerMinute: 0 }, 400],
  ["operator", path, { requestsPerHour: 5 }, 400],
  ["operator", "/v1/limits/No%20Such", { requestsPerMinute: 5 }, 400],
] as const)("%s may not set %s to %j: %d, and nothing is stored", async (as, where, body, status) => {
  const api = await anApi();
  expect((await api.ask("PUT", where, { as, body })).status).toBe(status);
  expect((await api.world.limiter.read(name)).item).toBeUndefined();
});

test("another platform has limits and a breaker of its own", async () => {
  const api = await anApi();
  const on = (method: "GET" | "PUT" | "POST", where: string, body?: unknown) =>
    api.ask(method, `${where}?platform=bedrock`, { as: "operator", ...(body === undefined ? {} : { body }) });
  const set = limitView.parse(await (await on("PUT", path, { requestsPerMinute: 12 })).json());
  expect(set).toMatchObject({ platform: "bedrock", requestsPerMinute: 12 });
  expect((await on("POST", `/v1/breakers/${name.limitClass}`, { action: "open" })).status).toBe(200);
  const there = (await api.world.limiter.read({ ...name, platform: "bedrock" })).item?.control;
  expect(there).toMatchObject({ limit: { requestsPerMinute: 12 }, breaker: { kind: "open" } });
  expect(await control(api)).toBeUndefined();
  const wrong = await api.ask("GET", `${path}?platform=elsewhere`, { as: "operator" });
  expect(wrong.status).toBe(400);
});
