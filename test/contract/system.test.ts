/** The contract suites on the adapters of this machine. */
import { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { systemChance } from "../../services/adapters/system/chance.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { eventBus } from "../../services/adapters/system/event-bus.ts";
import { eventLog } from "../../services/adapters/system/event-log.ts";
import { sigtermSource } from "../../services/adapters/system/signals.ts";
import { events, type MusterEvent } from "../../services/contract/events.ts";
import { eventOf } from "../../services/core/event.ts";
import { chanceContract } from "./chance.contract.ts";
import { clockContract } from "./clock.contract.ts";
import { eventSinkContract } from "./event-sink.contract.ts";
import { stopSourceContract } from "./stop-source.contract.ts";

const dispose = async () => {};

clockContract("system", async () => ({ port: systemClock, dispose, advance: (ms) => pause(ms) }));
chanceContract("system", () => systemChance);

for (const signal of ["SIGTERM", "SIGINT"]) {
  stopSourceContract(`signals (${signal})`, () => {
    const emitter = new EventEmitter();
    return {
      port: sigtermSource(emitter, systemClock),
      trigger: () => void emitter.emit(signal),
      listening: () => emitter.listenerCount("SIGTERM") + emitter.listenerCount("SIGINT"),
    };
  });
}

eventSinkContract("bus", () => {
  const seen: MusterEvent[] = [];
  return { port: eventBus([(event) => seen.push(event)]), seen: () => seen };
});

eventSinkContract("log", () => {
  const written: string[] = [];
  const line = z.object({ event: z.literal(["process.ready", "store.failed"]), payload: z.unknown() });
  return {
    port: eventLog({ write: (text) => written.push(text) }, { level: "debug", clock: systemClock }),
    seen: () =>
      written
        .join("")
        .trimEnd()
        .split("\n")
        .map((text) => line.parse(JSON.parse(text)))
        .map(({ event, payload }) =>
          event === "process.ready"
            ? eventOf(event, events[event].payload.parse(payload))
            : eventOf(event, events[event].payload.parse(payload)),
        ),
  };
});
