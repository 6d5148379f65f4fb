/** Promise 8: bad input gets a 4xx with a problem document that names the field; nothing is stored, nothing is lost. */

import { describe, expect, test } from "vitest";
import { problem } from "../../services/contract/http.ts";
import { credentials, operators, paths, reads } from "./api-bad-reads.ts";
import { batches, headers, submits } from "./api-bad-submits.ts";
import { anApi, callers } from "./api-fixture.ts";

const rows = [...submits, ...batches, ...headers, ...credentials, ...reads, ...operators, ...paths];

describe("bad input", () => {
  test("is a long table", () => expect(rows.length).toBeGreaterThanOrEqual(100));

  test.for(rows)("$what: $status $code", async ({ request, ask, status, code, field }) => {
    const { ask: send, world, clock } = await anApi();
    const [method = "", path = ""] = request.split(" ");
    // Whoever tries to store something meets a store that is down, and answers 503 instead of what is expected.
    world.faults.outage(new Error("nothing may be stored"), [
      "runs.create",
      "runs.write",
      "contents.put",
      "history.putDelta",
      "queue.send",
      "fleet.notify",
      "keys.put",
    ]);
    const response = await send(method, path, ask);
    const said = problem.parse(await response.json());
    expect([response.status, said.code]).toEqual([status, code]);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    if (field !== undefined) expect(said.errors?.map((error) => error.field)).toContain(field);
    if (status === 401) expect(response.headers.get("www-authenticate")).toMatch(/^Bearer /);
    if (status === 405) expect(response.headers.get("allow")).toMatch(/GET|POST|DELETE/);
    expect(JSON.stringify(said).length).toBeLessThan(20_000);
    expect(JSON.stringify(said)).not.toMatch(/nobody's business|node_modules|at .*\.ts/);
    world.faults.heal();
    expect(world.events.of("store.failed")).toEqual([]);
    for (const { tenant } of Object.values(callers)) {
      expect((await world.index.byTenant({ tenant, limit: 10 })).ids).toEqual([]);
    }
    expect(clock.sleeping).toBe(0);
  });
});
