/** Possible spend that is booked late is booked once, wherever the booking breaks off and whatever becomes of the run meanwhile. */
import { expect, test } from "vitest";
import type { RunId } from "../../services/contract/ids.ts";
import type { HeadWrite } from "../../services/contract/run.ts";
import { ledgerPass } from "../../services/controller/ledger/ledger-pass.ts";
import { hourOf } from "../../services/core/books.ts";
import { mergeCells, totalOf } from "../../services/core/cost-cells.ts";
import { endFromOutside, redrive, wakeOf } from "../../services/core/lifecycle.ts";
import { aWakeId } from "../support/ids.ts";
import { aWorld } from "./worker-fixture.ts";

type World = ReturnType<typeof aWorld>;
const HOUR_MS = 3_600_000;

async function possibleOf({ ledger, clock }: World): Promise<number> {
  const hour = hourOf(clock.nowMs());
  const pages = await Promise.all([hour - 2, hour - 1, hour].map((one) => ledger.hour(one)));
  return totalOf(mergeCells(pages.flatMap(({ books, late }) => [...books.map(({ cells }) => cells), late])))
    .possibleMicroUsd;
}

/** Its call stalls, and it is ended from outside: what the call may have cost is owed. */
async function endInDoubt(world: World, id: RunId) {
  await world.until(id, (head) => head.state === "RUNNING");
  await world.clock.advance(1_000);
  const head = await world.head(id);
  await world.runs.write(id, endFromOutside(head, { reason: "active-timeout", nowMs: world.clock.nowMs() }));
}

async function again(world: World, id: RunId) {
  const head = await world.head(id);
  const wakeId = aWakeId();
  const nowMs = world.clock.nowMs();
  const { deadlineAtMs, timeoutMs, budgetMicroUsd } = head;
  await world.runs.write(id, redrive(head, { wakeId, nowMs, deadlineAtMs, timeoutMs, budgetMicroUsd }));
  await world.queue.send(head.lane, [wakeOf(await world.head(id), wakeId)]);
}

const takesMark = ({ remove = [] }: HeadWrite) => remove.includes("unbooked");
const steps = [
  { at: "the bookings are not stored", breaks: "changeLate" },
  { at: "the mark is not taken away", breaks: "mark" },
] as const;

test.each(
  steps.flatMap((step) => [
    { ...step, laterMs: 0 },
    { ...step, laterMs: HOUR_MS },
  ]),
)("$at, and the run is redriven and ends again $laterMs ms later", async ({ breaks, laterMs }) => {
  const world = aWorld();
  world.model.otherwise(() => ({ kind: "stall" }));
  world.start();
  const id = await world.submit({ timeoutMs: 2 * HOUR_MS, budgetMicroUsd: 10_000_000 });
  await endInDoubt(world, id);
  const broken: World = {
    ...world,
    ledger: {
      ...world.ledger,
      changeLate: (...page) =>
        breaks === "changeLate" ? Promise.reject(new Error("cut off")) : world.ledger.changeLate(...page),
    },
    runs: {
      ...world.runs,
      write: (run, write) =>
        takesMark(write) && breaks === "mark" ? Promise.reject(new Error("cut off")) : world.runs.write(run, write),
    },
  };
  await expect(ledgerPass(broken, { audited: new Map() })).rejects.toThrow("cut off");
  await world.clock.advance(laterMs);
  await again(world, id);
  await endInDoubt(world, id);
  for (const _ of ["first", "again"]) await ledgerPass(world, { audited: new Map() });
  const head = await world.head(id);
  expect([head.inDoubt, head.bookedPossibleMicroUsd, head.holder]).toEqual([2, head.possibleMicroUsd, undefined]);
  expect(await possibleOf(world)).toBe(head.possibleMicroUsd);
});
