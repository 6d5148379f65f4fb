/** What operators do: keys and the fleet; and the paths that need no key. */
import { describe, expect, test } from "vitest";
import { agentList, createdKey, fleetView, keyList, keyView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { sha256 } from "../../services/core/digest.ts";
import { aBeat, aTimeMs, aWake } from "../support/builders.ts";
import { aWorkerId } from "../support/ids.ts";
import { anApi, callers, testAgents } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;

const create = async (api: Api, role: "tenant" | "operator" = "tenant") => {
  const response = await api.ask("POST", "/v1/keys", { as: "operator", body: { tenant: "acme", role, name: "ci" } });
  expect(response.status).toBe(201);
  return createdKey.parse(await response.json());
};
const withKey = (key: string) => ({ as: null, headers: { authorization: `Bearer ${key}` } }) as const;

describe("keys", () => {
  test("are shown once, stored as a digest, and work", async () => {
    const api = await anApi();
    const made = await create(api);
    expect(made.key).toMatch(/^mk_[0-9A-Za-z]{43}$/);
    expect((await api.ask("GET", "/v1/runs", withKey(made.key))).status).toBe(200);
    expect((await api.ask("GET", "/v1/fleet", withKey(made.key))).status).toBe(403);
    const stored = await api.world.keys.find(sha256(made.key));
    expect(stored).toMatchObject({ id: made.id, tenant: "acme", role: "tenant", name: "ci" });
    expect(JSON.stringify([stored, await api.world.keys.list()])).not.toContain(made.key);
    const listed = await (await api.ask("GET", "/v1/keys", { as: "operator" })).text();
    expect(keyList.parse(JSON.parse(listed)).keys.map((key) => key.id)).toContain(made.id);
    expect(listed).not.toContain(made.key);
    expect(listed).not.toContain(sha256(made.key));
  });

  test("are never the same twice", async () => {
    const api = await anApi();
    const made = await Promise.all(Array.from({ length: 20 }, () => create(api)));
    expect(new Set(made.map((one) => one.key)).size).toBe(20);
    expect(new Set(made.map((one) => one.id)).size).toBe(20);
  });

  test("stop counting when revoked: here at once; revoking again changes nothing", async () => {
    const api = await anApi();
    const made = await create(api);
    expect((await api.ask("GET", "/v1/runs", withKey(made.key))).status).toBe(200);
    const revoke = async () => {
      const response = await api.ask("DELETE", `/v1/keys/${made.id}`, { as: "operator" });
      expect(response.status).toBe(200);
      return keyView.parse(await response.json());
    };
    const first = await revoke();
    expect(first.revokedAt).toBe(new Date(aTimeMs).toISOString());
    await api.clock.advance(1_000);
    expect(await revoke()).toEqual(first);
    expect((await api.ask("GET", "/v1/runs", withKey(made.key))).status).toBe(401);
  });

  test("revoked in another process stop counting when the cache has forgotten them", async () => {
    const api = await anApi();
    const made = await create(api);
    expect((await api.ask("GET", "/v1/runs", withKey(made.key))).status).toBe(200);
    const stored = await api.world.keys.find(sha256(made.key));
    if (stored === undefined) throw new Error("the key is not stored");
    await api.world.keys.put({ ...stored, revokedAtMs: aTimeMs });
    await api.clock.advance(limits.keyCacheMs);
    expect((await api.ask("GET", "/v1/runs", withKey(made.key))).status).toBe(401);
  });

  test("are read from the store once in a while, right or wrong", async () => {
    const api = await anApi();
    const { find } = api.world.keys;
    let finds = 0;
    const counted = (...given: Parameters<typeof find>) => {
      finds += 1;
      return find(...given);
    };
    Object.assign(api.world.keys, { find: counted });
    const wrong = withKey(`mk_${"B".repeat(43)}`);
    for (let i = 0; i < 10; i++) {
      expect((await api.ask("GET", "/v1/runs")).status).toBe(200);
      expect((await api.ask("GET", "/v1/runs", wrong)).status).toBe(401);
    }
    expect(finds).toBe(2);
    await api.clock.advance(limits.keyCacheMs);
    await api.ask("GET", "/v1/runs");
    expect(finds).toBe(3);
  });

  test("cannot be checked while the store is down: 503, not 401", async () => {
    const api = await anApi();
    api.world.faults.outage(new Error("no keys"), ["keys.find"]);
    expect((await api.ask("GET", "/v1/runs")).status).toBe(503);
  });
});

describe("the fleet", () => {
  test("shows living workers, their slots and what waits; what is unknown is left out", async () => {
    const api = await anApi();
    const dead = aWorkerId();
    for (const beat of [aBeat({ slots: 10, active: 4 }), aBeat({ slots: 20, active: 0 }), aBeat({ workerId: dead })]) {
      await api.world.fleet.beat(beat, []);
    }
    await api.world.fleet.bury(dead, "end-seen", aTimeMs);
    await api.world.queue.send("high", [aWake(), aWake()]);
    const ask = async () => fleetView.parse(await (await api.ask("GET", "/v1/fleet", { as: "operator" })).json());
    expect(await ask()).toMatchObject({
      slots: 30,
      active: 4,
      lanes: [{ lane: "high", visible: 2, inFlight: 0 }, { lane: "normal" }, { lane: "low" }],
    });
    expect((await ask()).workers.map((worker) => worker.id)).not.toContain(dead);
    api.world.faults.outage(new Error("no queue"), ["queue.depth"]);
    expect((await ask()).lanes).toEqual([{ lane: "high" }, { lane: "normal" }, { lane: "low" }]);
  });
});

test("the agents come with the schema of their input", async () => {
  const api = await anApi();
  const { agents } = agentList.parse(await (await api.ask("GET", "/v1/agents")).json());
  expect(agents.map((agent) => agent.name)).toEqual([...testAgents.keys()].sort());
  expect(agents.find((agent) => agent.name === "echo")).toMatchObject({
    version: "1",
    model: "claude-haiku-5-5",
    input: { type: "object", required: ["question"], properties: { times: { default: 1 } } },
    output: { properties: { answer: { type: "string" } } },
  });
});

test("the health needs no key, and says when the process stops", async () => {
  const api = await anApi();
  const response = await api.ask("GET", "/healthz", { as: null });
  expect([response.status, await response.json()]).toEqual([200, { status: "ok" }]);
  api.world.faults.outage(new Error("all is down"));
  expect((await api.ask("GET", "/healthz", { as: null })).status).toBe(200);
  api.stop.abort();
  expect((await api.ask("GET", "/healthz", { as: null })).status).toBe(503);
});

test("a fault of our own is told without its inside, and as an event", async () => {
  const api = await anApi();
  api.world.faults.failNext("runs.read", new TypeError("secret detail"));
  const response = await api.ask("GET", "/v1/runs/run_aaaaaaaaaaaaaaaaaaaaaaaaaa");
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret detail");
  expect(api.world.events.of("store.failed")).toMatchObject([{ message: "TypeError: secret detail" }]);
});

test("an operator submits for its own tenant", async () => {
  const api = await anApi();
  const body = { agent: "echo", input: { question: "Why?" } };
  const response = await api.ask("POST", "/v1/runs", { as: "operator", body });
  expect(await response.json()).toMatchObject({ tenant: callers.operator.tenant });
});
