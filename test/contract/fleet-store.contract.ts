import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { budgetId } from "../../services/contract/budgets.ts";
import type { InboxEntry, WorkerBeat } from "../../services/contract/fleet.ts";
import { limits } from "../../services/contract/limits.ts";
import { shardOf } from "../../services/contract/tables.ts";
import type { FleetStore } from "../../services/ports/fleet-store.ts";
import { aBeat } from "../support/builders.ts";
import { aRunId, aWorkerId } from "../support/ids.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

const NOW = suiteTimeMs;
const cancelOf = (untilMs = NOW): InboxEntry => ({ kind: "cancel", runId: aRunId(), untilMs });
const next = (beat: WorkerBeat): WorkerBeat => ({ ...beat, counter: beat.counter + 1 });

export function fleetStoreContract(name: string, make: Make<Made<FleetStore>>): void {
  describe(`FleetStore: ${name}`, () => {
    let made: Made<FleetStore>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    const aliveWorker = async () => {
      const beat = aBeat();
      expect(await made.port.beat(beat, [])).toEqual({ kind: "alive", drain: false, inbox: [] });
      return beat;
    };

    test("the first beat makes the worker; it is found by id and in its shard", async () => {
      const beat = aBeat({
        pool: "spot",
        slots: 7,
        active: 3,
        cpuPercent: 0,
        mode: "STARTING",
        counter: 0,
        beatAtMs: 7,
      });
      expect(await made.port.beat(beat, [])).toEqual({ kind: "alive", drain: false, inbox: [] });
      const item = { ...beat, drain: false, inbox: [] };
      expect(await made.port.worker(beat.workerId)).toEqual(item);
      const shard = await made.port.workers(shardOf(beat.workerId, limits.fleetShards));
      expect(shard).toContainEqual(item);
    });

    test("a worker that never beat is absent", async () => {
      expect(await made.port.worker(aWorkerId())).toBeUndefined();
    });

    test("a later beat overwrites what the worker says of itself", async () => {
      const beat = await aliveWorker();
      const later = { ...next(beat), active: 9, mode: "DRAINING" as const };
      await made.port.beat(later, []);
      expect(await made.port.worker(beat.workerId)).toEqual({ ...later, drain: false, inbox: [] });
    });

    test("what a worker says of its tenants is found as it was said, and nothing where it says nothing", async () => {
      const beat = aBeat({ tenants: { acme: 3, "x-1": 1 }, heldBack: ["acme", "x-1"] });
      for (const said of [beat, { ...next(beat), tenants: {}, heldBack: [] }]) {
        await made.port.beat(said, []);
        expect(await made.port.worker(beat.workerId)).toEqual({ ...said, drain: false, inbox: [] });
      }
      const silent = await aliveWorker();
      expect((await made.port.worker(silent.workerId))?.tenants).toBeUndefined();
    });

    test("what a worker says of budgets is found as it was said, and given up when it says none", async () => {
      const [day, hour] = [budgetId.parse("tenant:acme:2026-11-21"), budgetId.parse("fleet:2026-11-21T14")];
      const beat = aBeat({ budgets: { [day]: 4_000, [hour]: 0 } });
      for (const said of [beat, { ...next(beat), budgets: {} }]) {
        await made.port.beat(said, []);
        expect(await made.port.worker(beat.workerId)).toEqual({ ...said, drain: false, inbox: [] });
      }
    });

    test("a beat that comes after a later one is not stored; the same one may come twice", async () => {
      const beat = await aliveWorker();
      const later = { ...next(beat), active: 9 };
      expect((await made.port.beat(later, [])).kind).toBe("alive");
      expect((await made.port.beat(later, [])).kind).toBe("alive");
      expect(await made.port.beat(beat, [])).toEqual({ kind: "overtaken" });
      expect(await made.port.worker(beat.workerId)).toEqual({ ...later, drain: false, inbox: [] });
    });

    test("a shard lists all of its workers and no other", async () => {
      const beats = Array.from({ length: 20 }, () => aBeat());
      await Promise.all(beats.map((beat) => made.port.beat(beat, [])));
      for (let shard = 0; shard < limits.fleetShards; shard++) {
        const listed = (await made.port.workers(shard)).map((worker) => worker.workerId);
        for (const { workerId } of beats)
          expect(listed.includes(workerId)).toBe(shardOf(workerId, limits.fleetShards) === shard);
      }
    });

    test("an entry is delivered once and brought by every beat until it was handled", async () => {
      const beat = await aliveWorker();
      const entry = cancelOf();
      expect(await made.port.notify(beat.workerId, entry)).toBe("delivered");
      expect(await made.port.notify(beat.workerId, entry)).toBe("delivered");
      expect(await made.port.beat(next(beat), [])).toMatchObject({ kind: "alive", inbox: [entry] });
      expect(await made.port.beat(next(next(beat)), [])).toMatchObject({ inbox: [entry] });
      expect(await made.port.beat(next(next(next(beat))), [entry])).toMatchObject({ inbox: [] });
    });

    test("handling takes out exactly the handled entries, a newer one of the same run stays", async () => {
      const beat = await aliveWorker();
      const runId = aRunId();
      const old: InboxEntry = { kind: "watch", runId, untilMs: NOW + 1 };
      const newer: InboxEntry = { kind: "watch", runId, untilMs: NOW + 2 };
      const other = cancelOf();
      for (const entry of [old, newer, other]) await made.port.notify(beat.workerId, entry);
      const outcome = await made.port.beat(next(beat), [old]);
      if (outcome.kind !== "alive") throw new Error("the worker is alive");
      expect(outcome.inbox).toHaveLength(2);
      expect(outcome.inbox).toEqual(expect.arrayContaining([newer, other]));
      expect(await made.port.beat(next(next(beat)), [old, cancelOf()])).toMatchObject({ inbox: outcome.inbox });
    });

    test("entries that come while the worker beats and handles others are not lost", async () => {
      const beat = await aliveWorker();
      const handled = cancelOf();
      await made.port.notify(beat.workerId, handled);
      const entries = Array.from({ length: 5 }, () => cancelOf());
      await Promise.all([
        ...entries.map((entry) => made.port.notify(beat.workerId, entry)),
        made.port.beat(next(beat), [handled]),
      ]);
      const outcome = await made.port.beat(next(next(beat)), []);
      if (outcome.kind !== "alive") throw new Error("the worker is alive");
      expect(outcome.inbox).toHaveLength(entries.length);
      expect(outcome.inbox).toEqual(expect.arrayContaining(entries));
    });

    test("a full inbox takes no more, an absent worker has none", async () => {
      const beat = await aliveWorker();
      for (let i = 0; i < limits.inboxEntries; i++)
        expect(await made.port.notify(beat.workerId, cancelOf(NOW + i))).toBe("delivered");
      expect(await made.port.notify(beat.workerId, cancelOf())).toBe("full");
      const absent = aWorkerId();
      expect(await made.port.notify(absent, cancelOf())).toBe("absent");
      expect(await made.port.worker(absent)).toBeUndefined();
    });

    test("an entry that is in a full inbox already counts as delivered", async () => {
      const beat = await aliveWorker();
      const entries = Array.from({ length: limits.inboxEntries }, (_, i) => cancelOf(NOW + i));
      for (const entry of entries) await made.port.notify(beat.workerId, entry);
      const [first] = entries;
      if (first === undefined) throw new Error("there are entries");
      expect(await made.port.notify(beat.workerId, first)).toBe("delivered");
    });

    test("a worker whose counter moved is not buried", async () => {
      const beat = await aliveWorker();
      await made.port.beat(next(beat), []);
      expect(await made.port.bury(beat.workerId, { counter: beat.counter }, NOW)).toBe(false);
      expect(await made.port.beat(next(next(beat)), [])).toMatchObject({ kind: "alive" });
    });

    test("a silent worker is buried once; its beats are refused and change nothing", async () => {
      const beat = await aliveWorker();
      expect(await made.port.bury(beat.workerId, { counter: beat.counter }, NOW)).toBe(true);
      expect(await made.port.beat({ ...next(beat), active: 5 }, [])).toEqual({ kind: "buried" });
      expect(await made.port.worker(beat.workerId)).toMatchObject({
        counter: beat.counter,
        active: 0,
        buriedAtMs: NOW,
      });
      const shard = await made.port.workers(shardOf(beat.workerId, limits.fleetShards));
      expect(shard.find((worker) => worker.workerId === beat.workerId)?.buriedAtMs).toBe(NOW);
    });

    test("a burial settles: asked for again it is still true that the worker is buried, at its first time", async () => {
      const beat = await aliveWorker();
      await made.port.bury(beat.workerId, { counter: beat.counter }, NOW);
      await made.port.bury(beat.workerId, { counter: beat.counter }, NOW + 5_000);
      expect(await made.port.worker(beat.workerId)).toMatchObject({ buriedAtMs: NOW });
    });

    test("a supervisor that saw the end buries whatever the counter is; an absent worker is not buried", async () => {
      const beat = await aliveWorker();
      await made.port.beat(next(beat), []);
      expect(await made.port.bury(beat.workerId, "end-seen", NOW)).toBe(true);
      expect(await made.port.beat(next(next(beat)), [])).toEqual({ kind: "buried" });
      const absent = aWorkerId();
      expect(await made.port.bury(absent, "end-seen", NOW)).toBe(false);
      expect(await made.port.worker(absent)).toBeUndefined();
    });

    test("the drain flag is brought by the next beats; an absent worker cannot be drained", async () => {
      const beat = await aliveWorker();
      expect(await made.port.requestDrain(beat.workerId)).toBe(true);
      expect(await made.port.beat(next(beat), [])).toMatchObject({ kind: "alive", drain: true });
      expect(await made.port.beat(next(next(beat)), [])).toMatchObject({ drain: true });
      const absent = aWorkerId();
      expect(await made.port.requestDrain(absent)).toBe(false);
      expect(await made.port.worker(absent)).toBeUndefined();
    });

    test("a drain brings its deadline; of several the earliest stays, one without a deadline changes none", async () => {
      const beat = await aliveWorker();
      const by = async (counter: number) => made.port.beat({ ...beat, counter }, []);
      expect(await made.port.requestDrain(beat.workerId)).toBe(true);
      expect(await by(2)).toEqual({ kind: "alive", drain: true, inbox: [] });
      expect(await made.port.requestDrain(beat.workerId, NOW + 120_000)).toBe(true);
      expect(await by(3)).toEqual({ kind: "alive", drain: true, drainByMs: NOW + 120_000, inbox: [] });
      expect(await made.port.requestDrain(beat.workerId, NOW + 60_000)).toBe(true);
      for (const later of [NOW + 60_000, NOW + 90_000, undefined])
        expect(await made.port.requestDrain(beat.workerId, later)).toBe(true);
      expect(await by(4)).toEqual({ kind: "alive", drain: true, drainByMs: NOW + 60_000, inbox: [] });
      expect(await made.port.worker(beat.workerId)).toMatchObject({ drain: true, drainByMs: NOW + 60_000 });
      expect(await made.port.requestDrain(aWorkerId(), NOW)).toBe(false);
      await made.port.bury(beat.workerId, "end-seen", NOW);
      for (const late of [NOW, NOW + 90_000, undefined])
        expect(await made.port.requestDrain(beat.workerId, late)).toBe(false);
    });

    test("the place that a worker says comes back, whole or in part, by id and in its shard", async () => {
      const taskArn = "arn:aws:ecs:eu-west-1:123456789012:task/muster/0f9de17a6465404e8b1b2356dc13c2f8";
      const places = [
        { instanceId: "i-0b22a22eec53b9321", taskArn },
        { taskArn },
        { instanceId: "i-0b22a22eec53b9321" },
      ];
      for (const place of places) {
        const beat = aBeat({ place });
        await made.port.beat(beat, []);
        await made.port.beat(next(beat), []);
        expect(await made.port.worker(beat.workerId)).toMatchObject({ place });
        const shard = await made.port.workers(shardOf(beat.workerId, limits.fleetShards));
        expect(shard.find((worker) => worker.workerId === beat.workerId)?.place).toEqual(place);
      }
    });

    test("a cordon is an entry of the inbox like others", async () => {
      const beat = await aliveWorker();
      for (let i = 0; i < 2; i++) expect(await made.port.notify(beat.workerId, { kind: "cordon" })).toBe("delivered");
      expect(await made.port.beat(next(beat), [])).toMatchObject({ inbox: [{ kind: "cordon" }] });
      expect(await made.port.beat(next(next(beat)), [{ kind: "cordon" }])).toMatchObject({ inbox: [] });
    });

    test("a worker that leaves is gone", async () => {
      const beat = await aliveWorker();
      await made.port.leave(beat.workerId);
      expect(await made.port.worker(beat.workerId)).toBeUndefined();
      await made.port.leave(beat.workerId);
    });
  });
}
