import { expect, test } from "vitest";
import { fleetEvent } from "../../../services/contract/aws-events.ts";
import type { Place, WorkerItem } from "../../../services/contract/fleet.ts";
import { actOf, askOf } from "../../../services/core/fleet-events.ts";
import {
  anInstanceId,
  aTask,
  containerInstanceState,
  instanceState,
  rebalance,
  spotWarning,
  taskState,
} from "../../support/aws-events.ts";
import { aBeat, aTimeMs } from "../../support/builders.ts";

const NOW = aTimeMs;
const HOUR = 3_600_000;
const instanceId = anInstanceId();
const taskArn = aTask();

const ask = (sample: unknown) => askOf(fleetEvent.parse(sample));
const task = (lastStatus: string, desiredStatus: string) => taskState(taskArn, { lastStatus, desiredStatus });
const worker = (place: Place | undefined, overrides: Partial<WorkerItem> = {}): WorkerItem => ({
  ...aBeat({ startedAtMs: NOW - HOUR, ...(place === undefined ? {} : { place }) }),
  ...{ drain: false, inbox: [] },
  ...overrides,
});

test.each([
  ["Spot warning, terminate", spotWarning(instanceId), "drain"],
  ["Spot warning, stop", spotWarning(instanceId, NOW, "stop"), "drain"],
  ["Spot warning, hibernate", spotWarning(instanceId, NOW, "hibernate"), "drain"],
  ["rebalance", rebalance(instanceId), "cordon"],
  ["instance pending", instanceState(instanceId, "pending"), "nothing"],
  ["instance running", instanceState(instanceId, "running"), "nothing"],
  ["instance stopping", instanceState(instanceId, "stopping"), "drain"],
  ["instance shutting down", instanceState(instanceId, "shutting-down"), "drain"],
  ["instance stopped", instanceState(instanceId, "stopped"), "end"],
  ["instance terminated", instanceState(instanceId, "terminated"), "end"],
  ["instance in a state of next year", instanceState(instanceId, "melting"), "nothing"],
  ["task starts", task("PROVISIONING", "RUNNING"), "nothing"],
  ["task runs", task("RUNNING", "RUNNING"), "nothing"],
  ["task is to stop", task("RUNNING", "STOPPED"), "drain"],
  ["task leaves the load balancer", task("DEACTIVATING", "STOPPED"), "drain"],
  ["task is being stopped", task("STOPPING", "STOPPED"), "drain"],
  ["task's containers have ended", task("DEPROVISIONING", "STOPPED"), "end"],
  ["task has ended", task("STOPPED", "STOPPED"), "end"],
  ["task ended by itself", task("STOPPED", "RUNNING"), "end"],
  ["container instance active", containerInstanceState(instanceId, "ACTIVE"), "nothing"],
  ["container instance drains", containerInstanceState(instanceId, "DRAINING"), "drain"],
  ["container instance given up", containerInstanceState(instanceId, "INACTIVE"), "drain"],
])("%s", (_name, sample, kind) => {
  expect(ask(sample)).toMatchObject({ kind });
});

test("only a Spot warning has a deadline: two minutes after it was made, not after it came", () => {
  expect(ask(spotWarning(instanceId))).toMatchObject({ deadlineAtMs: NOW + 120_000, at: { instanceId } });
  for (const sample of [task("RUNNING", "STOPPED"), containerInstanceState(instanceId, "DRAINING")])
    expect(ask(sample)).not.toHaveProperty("deadlineAtMs");
});

test("why a task stopped is in the reason", () => {
  const says = { lastStatus: "STOPPED", desiredStatus: "STOPPED", stopCode: "SpotInterruption" };
  expect(ask(taskState(taskArn, says))).toMatchObject({ because: expect.stringContaining("SpotInterruption") });
  const long = ask(taskState(taskArn, { ...says, stoppedReason: "x".repeat(5_000) }));
  expect(long).toMatchObject({ because: expect.stringMatching(/^.{20,300}$/) });
});

test("all workers there are meant, and no other", () => {
  const there = [worker({ instanceId, taskArn }), worker({ instanceId }), worker({ instanceId, taskArn: aTask() })];
  const others = [worker(undefined), worker({}), worker({ taskArn: aTask() }), worker({ instanceId: anInstanceId() })];
  expect(actOf(ask(spotWarning(instanceId)), [...others, ...there])).toMatchObject({ workers: there });
  expect(actOf(ask(spotWarning(instanceId)), others)).toEqual({ kind: "nothing" });
  const ofTask = [worker({ taskArn }), worker({ instanceId: anInstanceId(), taskArn })];
  expect(actOf(ask(task("STOPPED", "STOPPED")), [...others, ...ofTask])).toMatchObject({ workers: ofTask });
});

test("a late event is not about a worker that started on the instance after it", () => {
  const restarted = worker({ instanceId }, { startedAtMs: NOW + 90_000 });
  for (const sample of [instanceState(instanceId, "stopped"), spotWarning(instanceId), rebalance(instanceId)])
    expect(actOf(ask(sample), [restarted])).toEqual({ kind: "nothing" });
  expect(actOf(ask(instanceState(instanceId, "stopped", NOW + 100_000)), [restarted])).toMatchObject({ kind: "end" });
});

test("asked twice, a drain is nothing, but for a deadline that is sooner or not known yet", () => {
  const act = (drain: Partial<WorkerItem>, sample: unknown) => actOf(ask(sample), [worker({ instanceId }, drain)]).kind;
  const warning = spotWarning(instanceId);
  expect(act({ drain: true, drainByMs: NOW + 120_000 }, warning)).toBe("nothing");
  expect(act({ drain: true, drainByMs: NOW + 60_000 }, warning)).toBe("nothing");
  expect(act({ drain: true, drainByMs: NOW + 180_000 }, warning)).toBe("drain");
  expect(act({ drain: true }, warning)).toBe("drain");
  expect(act({ drain: true }, containerInstanceState(instanceId, "DRAINING"))).toBe("nothing");
});

test("a cordon is for workers that take runs", () => {
  const act = (says: Partial<WorkerItem>) => actOf(ask(rebalance(instanceId)), [worker({ instanceId }, says)]).kind;
  expect(act({ mode: "RUNNING" })).toBe("cordon");
  expect(act({ mode: "STARTING" })).toBe("cordon");
  expect(act({ mode: "CORDONED" })).toBe("nothing");
  expect(act({ mode: "DRAINING" })).toBe("nothing");
  expect(act({ drain: true })).toBe("nothing");
});

test("a buried worker is not drained; its end is asked again, because its burier may have died", () => {
  const buried = worker({ instanceId, taskArn }, { buriedAtMs: NOW });
  expect(actOf(ask(spotWarning(instanceId)), [buried])).toEqual({ kind: "nothing" });
  expect(actOf(ask(task("STOPPED", "STOPPED")), [buried])).toMatchObject({ kind: "end", workers: [buried] });
});
