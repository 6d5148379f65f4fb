/** A worker that begins on a machine that leaves: its supervisor started it again before the machine was ended. */
import { expect, test } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import { machineId, noCapacityMemory } from "../../services/contract/capacity.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { aWorld } from "./worker-fixture.ts";

const LEAVES = "i-0000000000000000a";
const STAYS = "i-0000000000000000b";

async function aLeavingMachine() {
  const world = aWorld();
  world.model.otherwise(() => say("end"));
  const atMs = world.clock.nowMs();
  const leaving = [{ id: machineId.parse(LEAVES), pool: "spot" as const, sinceMs: atMs }];
  const memory = { ...noCapacityMemory, leaving };
  const state = { v: 1 as const, atMs, decision: "d", memory, answers: [], heard: {}, paces: {} };
  expect(await world.scalingStores.memory.keepState(1, state)).toBe(true);
  return world;
}

test("takes no run there; one elsewhere does", async () => {
  const world = await aLeavingMachine();
  const id = await world.submit();
  const there = world.startAt({ instanceId: LEAVES }, 10, "spot");
  await world.clock.advance(60_000);
  expect(there.mode).toBe("CORDONED");
  expect((await world.head(id)).state).toBe("QUEUED");
  world.startAt({ instanceId: STAYS }, 10, "spot");
  await world.until(id, isEndedHead);
});

test("claims nothing until it knows", async () => {
  const world = await aLeavingMachine();
  const id = await world.submit();
  world.faults.failNext("scaling.read", new Error("no answer"), 20);
  const worker = world.startAt({ instanceId: STAYS }, 10, "spot");
  await world.clock.advance(5_000);
  expect([worker.mode, (await world.head(id)).state]).toEqual(["STARTING", "QUEUED"]);
  await world.until(id, isEndedHead);
  expect(worker.mode).toBe("RUNNING");
});

const isEndedHead = ({ state }: { readonly state: Parameters<typeof isEnded>[0] }) => isEnded(state);
