import fc from "fast-check";
import { expect, test } from "vitest";
import { cliLimits } from "../../../services/cli/bounds.ts";
import { makeClient } from "../../../services/cli/client.ts";
import { waitForEnds } from "../../../services/cli/submit/wait.ts";
import { tenantId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { runIdOf } from "../../../services/core/identity.ts";
import { cliContext } from "../../support/cli-context.ts";
import { fakeRun } from "../../support/fake-api.ts";

const { clock, chance, signal } = cliContext();
const idOf = (n: number) => runIdOf(tenantId.parse("acme"), String(n));

/** A client of an API whose run n ends at its `ends[n]`-th ask; counts what it is asked. */
function clientOf(ends: readonly number[]) {
  const left = new Map<string, number>(ends.map((asks, n) => [idOf(n), asks]));
  const seen = { inFlight: 0, most: 0, afterEnd: 0 };
  const fetch = async (input: string | URL | Request) => {
    const ids = new URL(String(input)).searchParams.get("ids")?.split(",") ?? [];
    expect(ids.length).toBeLessThanOrEqual(limits.waitIdsMax);
    seen.most = Math.max(seen.most, ++seen.inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    seen.inFlight--;
    const runs = ids.map((id) => {
      const asks = (left.get(id) ?? 0) - 1;
      if (asks < 0) seen.afterEnd++;
      left.set(id, asks);
      return fakeRun(id, { state: asks === 0 ? "SUCCEEDED" : "RUNNING" });
    });
    return Response.json({ runs });
  };
  return { client: makeClient({ url: "http://fake", key: "k", clock, chance, signal, fetch }), seen };
}

test("every run is followed to its end and not beyond, with bounded waits in flight", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 1_100 }), async (ends) => {
      const { client, seen } = clientOf(ends);
      const done: string[] = [];
      await waitForEnds(
        client,
        ends.map((_, n) => idOf(n)),
        (views) => {
          done.push(...views.filter(({ state }) => state === "SUCCEEDED").map(({ id }) => id));
        },
      );
      expect(done.toSorted()).toEqual(ends.map((_, n) => idOf(n) as string).toSorted());
      expect(seen.afterEnd).toBe(0);
      expect(seen.most).toBeLessThanOrEqual(cliLimits.waitParallel);
    }),
    { numRuns: 25 },
  );
});

test("a run that the API does not know any more ends the wait", async () => {
  const fetch = async () => Response.json({ runs: [] });
  const client = makeClient({ url: "http://fake", key: "k", clock, chance, signal, fetch });
  await expect(waitForEnds(client, [idOf(1)], () => {})).rejects.toMatchObject({ code: "run-unknown" });
});
