/** Cancel in each state of a run. */
import { describe, expect, test } from "vitest";
import { runView } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { claim, commitAndEnd, endStateOf, wakeOf } from "../../services/core/lifecycle.ts";
import { aBeat, aTimeMs, aUsage } from "../support/builders.ts";
import { aNonce, aRunId, aWakeId } from "../support/ids.ts";
import { anApi, holder, parkOf } from "./api-fixture.ts";

const cancel = async (api: Awaited<ReturnType<typeof anApi>>, id: string) => {
  const response = await api.ask("POST", `/v1/runs/${id}/cancel`);
  return { status: response.status, view: runView.parse(await response.json()) };
};

test("a queued run ends at once", async () => {
  const api = await anApi();
  const { runId, epoch } = await api.put({ wakeId: aWakeId() });
  const { status, view } = await cancel(api, runId);
  expect(status).toBe(200);
  expect(view).toMatchObject({ state: "CANCELLED", reason: "cancelled-by-user", turns: 0 });
  const head = await api.headOf(runId);
  expect(head).toMatchObject({ epoch: epoch + 1, endedAtMs: aTimeMs });
  expect(head?.holder ?? head?.wakeId ?? head?.dueAtMs).toBeUndefined();
  expect(api.world.events.of("run.ended")).toMatchObject([
    { runId, state: "CANCELLED", reason: "cancelled-by-user", turns: 0 },
  ]);
});

test("a parked run ends at once", async () => {
  const api = await anApi();
  const { runId } = await api.put({ wakeId: aWakeId(), dueAtMs: aTimeMs + 60_000, turn: 3 });
  const head = await api.headOf(runId);
  if (head === undefined) throw new Error("no head");
  await api.world.runs.write(runId, { guard: { state: "QUEUED" }, set: { holder: parkOf(runId) } });
  expect(await cancel(api, runId)).toMatchObject({ status: 200, view: { state: "CANCELLED", turns: 2 } });
});

describe("a running run", () => {
  test("is marked, and its holder told by when it is to have ended", async () => {
    const api = await anApi();
    await api.world.fleet.beat(aBeat({ workerId: holder }), []);
    const { runId } = await api.putRunning();
    const { status, view } = await cancel(api, runId);
    expect(status).toBe(202);
    expect(view).toMatchObject({ state: "RUNNING", cancelRequested: true });
    const untilMs = aTimeMs + limits.cancelGraceMs;
    expect(await api.headOf(runId)).toMatchObject({ cancelRequestedAtMs: aTimeMs, dueAtMs: untilMs });
    expect((await api.world.fleet.worker(holder))?.inbox).toEqual([{ kind: "cancel", runId, untilMs }]);
  });

  test("is not given more time by a second cancel", async () => {
    const api = await anApi();
    await api.world.fleet.beat(aBeat({ workerId: holder }), []);
    const { runId } = await api.putRunning();
    await cancel(api, runId);
    await api.clock.advance(5_000);
    expect((await cancel(api, runId)).status).toBe(202);
    expect(await api.headOf(runId)).toMatchObject({ dueAtMs: aTimeMs + limits.cancelGraceMs });
    expect((await api.world.fleet.worker(holder))?.inbox).toHaveLength(1);
  });

  test.each([
    ["nobody answers for its inbox", "outage"],
    ["its inbox is full", "full"],
    ["it is dead", "absent"],
  ])("ends at once when its holder cannot be told because %s", async (_, why) => {
    const api = await anApi();
    if (why !== "absent") await api.world.fleet.beat(aBeat({ workerId: holder }), []);
    if (why === "outage") api.world.faults.outage(new Error("no fleet"), ["fleet.notify"]);
    for (let i = 0; why === "full" && i < limits.inboxEntries; i++)
      await api.world.fleet.notify(holder, { kind: "watch", runId: aRunId(), untilMs: i });
    const { runId, epoch } = await api.putRunning({ reservedMicroUsd: 70 });
    const { status, view } = await cancel(api, runId);
    expect([status, view.state, view.turnsInDoubt]).toEqual([200, "CANCELLED", 1]);
    expect(await api.headOf(runId)).toMatchObject({ epoch: epoch + 1, possibleMicroUsd: 70 });
    expect(api.world.events.of("store.failed")).toMatchObject(why === "outage" ? [{ operation: "notify" }] : []);
  });

  test("can still commit its turns until it hears of it", async () => {
    const api = await anApi();
    await api.world.fleet.beat(aBeat({ workerId: holder }), []);
    const { runId } = await api.putRunning();
    await cancel(api, runId);
    await api.commit(runId);
    expect(await api.headOf(runId)).toMatchObject({ turn: 2, cancelRequestedAtMs: aTimeMs });
  });
});

test.each(Object.entries(endStateOf))("a run that ended by %s (%s) stays as it is", async (reason, state) => {
  const api = await anApi();
  const ended = await api.put({ state, reason: reason as keyof typeof endStateOf, endedAtMs: aTimeMs });
  const { status, view } = await cancel(api, ended.runId);
  expect([status, view.state, view.reason]).toEqual([200, state, reason]);
  expect(await api.headOf(ended.runId)).toEqual(ended);
});

describe("a run that moves meanwhile", () => {
  test("from the queue to a worker is marked there", async () => {
    const api = await anApi();
    await api.world.fleet.beat(aBeat({ workerId: holder }), []);
    const wakeId = aWakeId();
    const head = await api.put({ wakeId });
    const { write } = api.world.runs;
    let raced = false;
    Object.assign(api.world.runs, {
      write: async (...given: Parameters<typeof write>) => {
        if (!raced) await write(head.runId, claim(wakeOf(head, wakeId), { worker: holder, nonce: aNonce() }, aTimeMs));
        raced = true;
        return write(...given);
      },
    });
    const { status, view } = await cancel(api, head.runId);
    expect([status, view.state, view.cancelRequested]).toEqual([202, "RUNNING", true]);
  });

  test("from its worker to its end is told as ended", async () => {
    const api = await anApi();
    const head = await api.putRunning();
    const { write } = api.world.runs;
    let raced = false;
    const spend = { usage: aUsage(), costMicroUsd: 1 };
    Object.assign(api.world.runs, {
      write: async (...given: Parameters<typeof write>) => {
        const last = commitAndEnd(
          head,
          { holder, epoch: head.epoch },
          { spend, ending: { reason: "completed", nowMs: aTimeMs } },
        );
        if (!raced) await write(head.runId, last);
        raced = true;
        return write(...given);
      },
    });
    const { status, view } = await cancel(api, head.runId);
    expect([status, view.state]).toEqual([200, "SUCCEEDED"]);
  });
});
