/** Requests other than submits that must be refused. */
import { runIdOf } from "../../services/core/identity.ts";
import { post, type Row, refused } from "./api-bad-row.ts";
import { type Ask, callers, goodRun } from "./api-fixture.ts";

const RUN = runIdOf(callers.acme.tenant, "nobody made this run");
const many = Array(101).fill(RUN).join();
const bearer = (value: string): Ask => ({ as: null, headers: { authorization: value } });
const cursor = (value: unknown): string => `cursor=${Buffer.from(JSON.stringify(value)).toString("base64url")}`;
const staff = (body: unknown): Ask => post(body, { as: "operator" });
const foreign = { list: "runs", after: `${"0".repeat(14)}#${RUN}`, tenant: "rival" };

/** Keys. */
export const credentials: readonly Row[] = [
  ...refused(401, "unauthenticated", [
    ["no key", "POST /v1/runs", post(goodRun, { as: null })],
    ["no key and a bad body", "POST /v1/runs", post("{", { as: null })],
    ["no key for a run", `GET /v1/runs/${RUN}`, { as: null }],
    ["no key for the list", "GET /v1/runs", { as: null }],
    ["no key for the agents", "GET /v1/agents", { as: null }],
    ["no key for the fleet", "GET /v1/fleet", { as: null }],
    ["a key without a scheme", "GET /v1/runs", bearer(callers.acme.secret)],
    ["a key with another scheme", "GET /v1/runs", bearer(`Basic ${callers.acme.secret}`)],
    ["an empty key", "GET /v1/runs", bearer("Bearer ")],
    ["a key of another form", "GET /v1/runs", bearer("Bearer sk_1234567890")],
    ["a key that nobody has", "GET /v1/runs", bearer(`Bearer mk_${"A".repeat(43)}`)],
    ["a key with something after it", "GET /v1/runs", bearer(`Bearer ${callers.acme.secret} x`)],
    ["half a key", "GET /v1/runs", bearer(`Bearer ${callers.acme.secret.slice(0, 40)}`)],
  ]),
  ...refused(403, "forbidden", [
    ["the fleet with a tenant's key", "GET /v1/fleet", {}],
    ["the keys with a tenant's key", "GET /v1/keys", {}],
    ["a new key with a tenant's key", "POST /v1/keys", post({ tenant: "acme", role: "operator", name: "me" })],
    ["revoking with a tenant's key", "DELETE /v1/keys/key_1", {}],
    ["another tenant's list", "GET /v1/runs?tenant=rival", {}],
    ["another tenant's costs", "GET /v1/costs?tenant=rival", {}],
  ]),
];

/** Reading. */
export const reads: readonly Row[] = [
  ...refused(404, "run-not-found", [
    ["a run that is not there", `GET /v1/runs/${RUN}`, {}],
    ["turns of no run", `GET /v1/runs/${RUN}/turns`, {}],
    ["events of no run", `GET /v1/runs/${RUN}/events`, {}],
    ["cancelling no run", `POST /v1/runs/${RUN}/cancel`, {}],
    ["a wait for no run", `GET /v1/runs?ids=${RUN}&wait=1`, {}, "ids[0]"],
  ]),
  ...refused(400, "invalid-request", [
    ["a query on a submit", "POST /v1/runs?dry=1", post(goodRun), "dry"],
    ["an id that is none", "GET /v1/runs/7", {}, "id"],
    ["an id with a path", "GET /v1/runs/..%2Fkeys", {}, "id"],
    ["an id in capitals", `GET /v1/runs/${RUN.toUpperCase()}`, {}, "id"],
    ["cancelling an id that is none", "POST /v1/runs/x/cancel", {}, "id"],
    ["a wait too long", `GET /v1/runs/${RUN}?wait=26`, {}, "wait"],
    ["a wait below 0", `GET /v1/runs/${RUN}?wait=-1`, {}, "wait"],
    ["a wait that is no number", `GET /v1/runs/${RUN}?wait=long`, {}, "wait"],
    ["a wait given twice", `GET /v1/runs/${RUN}?wait=1&wait=2`, {}, "wait"],
    ["a parameter that is none", `GET /v1/runs/${RUN}?full=1`, {}, "full"],
    ["a wait without ids", "GET /v1/runs?wait=5", {}, "wait"],
    ["no id in ids", "GET /v1/runs?ids=", {}, "ids[0]"],
    ["a wrong id in ids", `GET /v1/runs?ids=${RUN},x`, {}, "ids[1]"],
    ["too many ids", `GET /v1/runs?ids=${many}`, {}, "ids"],
    ["ids and a filter", `GET /v1/runs?ids=${RUN}&state=QUEUED`, {}, "state"],
    ["a limit of 0", "GET /v1/runs?limit=0", {}, "limit"],
    ["a limit too large", "GET /v1/runs?limit=101", {}, "limit"],
    ["a limit that is no number", "GET /v1/runs?limit=all", {}, "limit"],
    ["a state that is none", "GET /v1/runs?state=DONE", {}, "state"],
    ["an agent that cannot be", "GET /v1/runs?agent=A%20B", {}, "agent"],
    ["a tenant that cannot be", "GET /v1/runs?tenant=A", { as: "operator" }, "tenant"],
  ]),
  ...refused(400, "invalid-request", [
    ["costs by what is no group", "GET /v1/costs?by=colour", {}, "by[0]"],
    ["costs by nothing", "GET /v1/costs?by=", {}, "by[0]"],
    ["costs by one group twice", "GET /v1/costs?by=day,day", {}, "by"],
    ["costs from a day that is none", "GET /v1/costs?from=2026-02-30", {}, "from"],
    ["costs from a time", "GET /v1/costs?from=2026-02-03T00:00:00Z", {}, "from"],
    ["costs that end before they begin", "GET /v1/costs?from=2026-02-03&to=2026-02-02", {}, "from"],
    ["costs of too many days", "GET /v1/costs?from=2026-01-01&to=2026-04-03", {}, "from"],
    ["costs of a tenant that cannot be", "GET /v1/costs?tenant=A", { as: "operator" }, "tenant"],
    ["costs with a parameter that is none", "GET /v1/costs?model=x", {}, "model"],
  ]),
  ...refused(400, "invalid-cursor", [
    ["a cursor that is none", "GET /v1/runs?cursor=abc", {}, "cursor"],
    ["an empty cursor", "GET /v1/runs?cursor=", {}, "cursor"],
    ["a cursor of other content", `GET /v1/runs?${cursor({ list: "runs", after: "zz" })}`, {}, "cursor"],
    ["a cursor of turns on runs", `GET /v1/runs?${cursor({ list: "turns", from: 2 })}`, {}, "cursor"],
    ["a cursor with more in it", `GET /v1/runs?${cursor(foreign)}`, {}, "cursor"],
  ]),
  ...refused(400, "invalid-request", [["a cursor too long", `GET /v1/runs?cursor=${"A".repeat(2_001)}`, {}, "cursor"]]),
  ...refused(400, "invalid-cursor", [
    ["a cursor of runs on turns", `GET /v1/runs/${RUN}/turns?${cursor({ list: "runs", after: "x" })}`, {}, "cursor"],
    ["a turn cursor below 1", `GET /v1/runs/${RUN}/turns?${cursor({ list: "turns", from: 0 })}`, {}, "cursor"],
  ]),
  ...refused(400, "invalid-request", [
    ["an event id that is none", `GET /v1/runs/${RUN}/events?after=last`, {}, "after"],
    [
      "a Last-Event-ID that is none",
      `GET /v1/runs/${RUN}/events`,
      { headers: { "last-event-id": "1" } },
      "last-event-id",
    ],
    [
      "an If-None-Match too long",
      `GET /v1/runs/${RUN}`,
      { headers: { "if-none-match": "x".repeat(1_001) } },
      "if-none-match",
    ],
  ]),
];

/** Keys of others. */
export const operators: readonly Row[] = [
  ...refused(400, "invalid-request", [
    ["a key without a tenant", "POST /v1/keys", staff({ role: "tenant", name: "x" }), "tenant"],
    ["a key with a bad tenant", "POST /v1/keys", staff({ tenant: "A b", role: "tenant", name: "x" }), "tenant"],
    ["a key with a role that is none", "POST /v1/keys", staff({ tenant: "acme", role: "root", name: "x" }), "role"],
    ["a key without a name", "POST /v1/keys", staff({ tenant: "acme", role: "tenant", name: "" }), "name"],
    ["a key with a hash", "POST /v1/keys", staff({ tenant: "acme", role: "tenant", name: "x", hash: "0" }), "hash"],
  ]),
  ...refused(404, "key-not-found", [["revoking no key", "DELETE /v1/keys/key_0", { as: "operator" }]]),
  ...refused(400, "invalid-request", [
    ["revoking a key of a very long name", `DELETE /v1/keys/${"k".repeat(101)}`, { as: "operator" }, "id"],
  ]),
];

/** Paths and methods. */
export const paths: readonly Row[] = [
  ...refused(404, "not-found", [
    ["the root", "GET /", {}],
    ["a path that is none", "GET /v1/run", {}],
    ["a path with a slash at its end", "GET /v1/runs/", {}],
    ["another version", "GET /v2/runs", {}],
  ]),
  ...refused(405, "method-not-allowed", [
    ["deleting runs", "DELETE /v1/runs", {}],
    ["putting a run", `PUT /v1/runs/${RUN}`, post(goodRun)],
    ["reading a cancel", `GET /v1/runs/${RUN}/cancel`, {}],
    ["posting to the health", "POST /healthz", { body: {} }],
  ]),
];
