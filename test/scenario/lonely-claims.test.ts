/** A machine that is about to end itself, and runs that come at that moment: its real worker, and the keeper of its processes. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import { limits } from "../../services/contract/limits.ts";
import { type FromWorker, fromWorker } from "../../services/contract/supervision.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import type { LeaveOutcome } from "../../services/ports/own-machine.ts";
import { KeepWorkers, type WorkerProcess } from "../../services/worker/supervisor/keep-workers.ts";
import { watchLonely } from "../../services/worker/supervisor/lonely-machine.ts";
import { tellSupervisor } from "../../services/worker/tell-supervisor.ts";
import { aWorkerId } from "../support/ids.ts";
import { aWorld } from "./worker-fixture.ts";

/** A worker as its supervisor has it, over a channel that takes no time. */
function aProcess(world: ReturnType<typeof aWorld>): WorkerProcess {
  const worker = world.start();
  let told: WorkerProcess["told"];
  let hear = (_: unknown): void => undefined;
  const channel = {
    send: (message: FromWorker) => {
      const said = fromWorker.parse(message);
      if (said.kind === "worker-idle") told = said;
    },
    on: (_: "message", listener: (message: unknown) => void) => {
      hear = listener;
    },
  };
  const over = new AbortController();
  const ended = worker.stopped.then(() => {
    over.abort();
    return { clean: true };
  });
  void tellSupervisor(channel, { workerId: aWorkerId(), worker, clock: world.clock }, over.signal);
  return {
    workerId: undefined,
    get told() {
      return told;
    },
    ended,
    hold: (held) => hear({ kind: "hold", held }),
    stop: () => worker.heed({ source: "SIGTERM", atMs: world.clock.nowMs() }),
  };
}

/** A machine without a controller. `look` is what happens while it asks for the controller's heartbeat the last time. */
function aMachine() {
  const world = aWorld();
  const at = {
    look: async (): Promise<unknown> => undefined,
    leave: async (): Promise<LeaveOutcome> => ({ kind: "leaving" }),
    asked: 0,
  };
  const keep = new KeepWorkers({
    ...{ processes: 1, clock: world.clock, chance: seededChance(3) },
    start: () => aProcess(world),
    report: async () => undefined,
  });
  const leases = {
    ...world.leases,
    read: async () => {
      if ((keep.idleMs() ?? 0) >= limits.idleLeaveMs) await at.look();
      return world.leases.read();
    },
  };
  const machine = {
    leave: () => {
      at.asked++;
      return at.leave();
    },
  };
  const over = new AbortController();
  void watchLonely({ ...world, driver: "controller", leases, machine, workers: keep }, over.signal).then(
    (end) => end === "leaving" && keep.stop(),
  );
  const untilItLooks = () => world.clock.advance(limits.idleLeaveMs + 2 * limits.idleLookMs);
  return { world, at, keep, over, untilItLooks };
}

/** Lets everything go on that waits for no time; the clock stands still. */
async function settle(): Promise<void> {
  for (let i = 0; i < 1_000; i++) await undefined;
}

let here: ReturnType<typeof aMachine>;
beforeEach(() => {
  here = aMachine();
});
afterEach(async () => {
  here.over.abort();
  here.keep.stop();
  await here.world.clock.advance(limits.drainMs);
});

test("a run that is just being claimed when the machine would go is not interrupted: the machine stays, and takes more", async () => {
  const { world, at, untilItLooks } = here;
  const first = Promise.withResolvers<void>();
  let claiming = false;
  at.look = async () => {
    if (claiming) return;
    world.during.write = () => {
      claiming = true;
      return first.promise;
    };
    await world.submit();
    await settle();
  };
  await untilItLooks();
  expect(claiming).toBe(true);
  expect(at.asked).toBe(0);
  first.resolve();
  await settle();
  const later = await world.submit();
  await world.until(later, (head) => isEnded(head.state));
  expect(world.events.of("worker.notice")).toEqual([]);
  expect(world.events.of("run.ended")).toHaveLength(2);
  expect(world.events.of("machine.kept")).toEqual([{ because: "a run came" }]);
});

test("a run that comes while the machine asks for its end waits for others, and the machine goes", async () => {
  const { world, at, untilItLooks } = here;
  let id: Awaited<ReturnType<typeof world.submit>> | undefined;
  at.leave = async () => {
    id = await world.submit();
    await settle();
    return { kind: "leaving" };
  };
  await untilItLooks();
  await world.clock.advance(10_000);
  expect(world.events.of("machine.leaves")).toHaveLength(1);
  expect(world.events.of("run.claimed")).toEqual([]);
  if (id === undefined) throw new Error("nothing was submitted");
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", interruptions: 0 });
  world.start();
  await world.until(id, (head) => isEnded(head.state));
});

test.each<[string, () => Promise<LeaveOutcome>]>([
  ["may not go", async () => ({ kind: "kept", because: "the group is at its minimum" })],
  ["cannot ask", () => Promise.reject(new Error("no answer"))],
])("a machine that %s takes runs again", async (_, leave) => {
  const { world, at, untilItLooks } = here;
  at.leave = leave;
  await untilItLooks();
  expect(at.asked).toBe(1);
  const id = await world.submit();
  await world.until(id, (head) => isEnded(head.state));
});
