/** Controllers on a memory world with a manual clock, runs put straight into the store, and workers that are only beats. */
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import type { Place, WorkerBeat } from "../../services/contract/fleet.ts";
import { lanes, type RunId, type WakeId, type WorkerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { WakeMessage } from "../../services/contract/messages.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { Controller } from "../../services/controller/controller.ts";
import { claim, wakeOf } from "../../services/core/lifecycle.ts";
import { aBeat, aHead, aTimeMs } from "../support/builders.ts";
import { aWakeId, aWorkerId } from "../support/ids.ts";

export function aFleet() {
  const clock = manualClock(aTimeMs);
  const world = memoryWorld({ clock });
  const stop = new AbortController();
  const running: Promise<void>[] = [];

  /** Starts a controller; several see the same world. */
  function control(): Controller {
    const controller = new Controller(world);
    running.push(controller.run(stop.signal));
    return controller;
  }

  /** A worker that beats every `heartbeatMs` of clock time until `die`, and says where it runs. */
  function worker(place: Place = {}) {
    const workerId = aWorkerId();
    const death = new AbortController();
    let beat: WorkerBeat = aBeat({ workerId, place, startedAtMs: clock.nowMs(), counter: 0 });
    const beating = (async () => {
      while (!death.signal.aborted) {
        beat = { ...beat, counter: beat.counter + 1, beatAtMs: clock.nowMs() };
        await world.fleet.beat(beat, []).catch(() => undefined);
        await clock.sleep(limits.heartbeatMs, death.signal);
      }
    })();
    running.push(beating);
    return { workerId, die: () => death.abort() };
  }

  /** A queued run, sent unless `lost`. */
  async function queued(overrides: Partial<RunHead> = {}, lost?: "lost"): Promise<RunHead & { wakeId: WakeId }> {
    const head = { ...aHead({ createdAtMs: clock.nowMs(), ...overrides }), wakeId: overrides.wakeId ?? aWakeId() };
    await world.runs.create(head, clock.nowMs());
    if (lost === undefined) await world.queue.send(head.lane, [wakeOf(head, head.wakeId)]);
    return head;
  }

  /** A run that this worker claimed; its message is not in the queue. */
  async function held(holder: WorkerId, overrides: Partial<RunHead> = {}): Promise<RunHead> {
    const head = await queued(overrides, "lost");
    const outcome = await world.runs.write(
      head.runId,
      claim(wakeOf(head, head.wakeId), { worker: holder, nonce: "n", ownMs: clock.nowMs() }, clock.nowMs()),
    );
    if (outcome.kind !== "written") throw new Error("the claim must succeed");
    return outcome.head;
  }

  async function read(id: RunId): Promise<RunHead> {
    const [head] = await world.runs.read([id], clock.nowMs());
    if (head === undefined) throw new Error(`${id} is gone`);
    return head;
  }

  /** Every visible message, taken for good. */
  async function messages(): Promise<WakeMessage[]> {
    const taken: WakeMessage[] = [];
    for (const lane of lanes) {
      for (;;) {
        const some = await world.queue.receive(lane, limits.receiveMax, 0, limits.visibilityMs);
        if (some.length === 0) break;
        taken.push(...some.flatMap((one) => one.message ?? []));
      }
    }
    return taken;
  }

  async function end(): Promise<void> {
    stop.abort();
    await clock.advance(limits.heartbeatMs);
    await Promise.race([Promise.all(running), clock.advance(limits.reclaimForMs)]);
  }

  return { clock, world, control, worker, queued, held, read, messages, end };
}

export type Fleet = ReturnType<typeof aFleet>;
