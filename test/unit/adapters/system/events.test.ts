import { describe, expect, test } from "vitest";
import { z } from "zod";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { eventBus } from "../../../../services/adapters/system/event-bus.ts";
import { eventLog, type Level } from "../../../../services/adapters/system/event-log.ts";
import { aTimeMs } from "../../../support/builders.ts";
import { aRunId, aWorkerId } from "../../../support/ids.ts";

const fenced = () => ({ runId: aRunId(), workerId: aWorkerId(), epoch: 3 });

describe("event log", () => {
  const logged = (level: Level) => {
    const written: string[] = [];
    const log = eventLog({ write: (text) => written.push(text) }, { level, clock: manualClock(aTimeMs) });
    log.emit("message.dropped", { because: "stale", runId: "run_x" });
    log.emit("process.ready", { role: "api", pid: 4 });
    log.emit("run.fenced", fenced());
    log.emit("store.failed", { operation: "x", message: "y" });
    return written.map((line) => z.object({ level: z.string() }).parse(JSON.parse(line)).level);
  };

  test("a line has time, level, code, event, text and payload, and ends", () => {
    const written: string[] = [];
    const log = eventLog({ write: (text) => written.push(text) }, { level: "info", clock: manualClock(aTimeMs) });
    log.emit("process.ready", { role: "api", pid: 4 });
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^[^\n]*\n$/);
    expect(JSON.parse(written[0] ?? "")).toEqual({
      time: "2026-10-01T00:00:00.000Z",
      level: "info",
      code: "MU5001",
      event: "process.ready",
      text: "a process is ready",
      payload: { role: "api", pid: 4 },
    });
  });

  test("a level includes the graver ones", () => {
    expect(logged("debug")).toEqual(["debug", "info", "warn", "error"]);
    expect(logged("info")).toEqual(["info", "warn", "error"]);
    expect(logged("error")).toEqual(["error"]);
  });
});

describe("event bus", () => {
  test("every listener gets every event until it ends its subscription", () => {
    const bus = eventBus();
    const seen: string[] = [];
    const end = bus.subscribe((event) => seen.push(`a ${event.name}`));
    bus.subscribe((event) => seen.push(`b ${event.name}`));
    bus.emit("run.fenced", fenced());
    end();
    bus.emit("process.ready", { role: "api", pid: 4 });
    expect(seen).toEqual(["a run.fenced", "b run.fenced", "b process.ready"]);
  });

  test("a listener that throws disturbs neither the emitter nor the others", () => {
    const seen: string[] = [];
    const bus = eventBus([
      () => {
        throw new Error("the pipe is closed");
      },
      (event) => seen.push(event.name),
    ]);
    bus.emit("run.fenced", fenced());
    expect(seen).toEqual(["run.fenced"]);
  });
});
