import { getEventListeners } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Clock } from "../../services/ports/clock.ts";
import type { Made, Make } from "./fixture.ts";

/** `advance` lets that much time pass on the clock: a manual one is moved, on a real one the test waits. */
export type ClockMade = Made<Clock> & { advance(ms: number): Promise<void> };

export function clockContract(name: string, make: Make<ClockMade>): void {
  describe(`Clock: ${name}`, () => {
    let made: ClockMade;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    test("wall time is whole milliseconds of this age, and both times go forward", async () => {
      const [wall, monotonic] = [made.port.nowMs(), made.port.monotonicMs()];
      expect(Number.isInteger(wall)).toBe(true);
      expect(wall).toBeGreaterThan(Date.UTC(2026, 0, 1));
      await made.advance(20);
      expect(made.port.nowMs()).toBeGreaterThan(wall);
      expect(made.port.monotonicMs()).toBeGreaterThan(monotonic);
    });

    test("a sleep takes its time", async () => {
      const before = made.port.monotonicMs();
      const slept = made.port.sleep(30).then(() => made.port.monotonicMs() - before);
      await made.advance(40);
      // A timer of the runtime may fire up to a millisecond early.
      expect(await slept).toBeGreaterThanOrEqual(29);
    });

    test("sleeps end in the order of their times", async () => {
      const woken: number[] = [];
      const sleeps = [40, 10, 25].map((ms) => made.port.sleep(ms).then(() => woken.push(ms)));
      await made.advance(60);
      await Promise.all(sleeps);
      expect(woken).toEqual([10, 25, 40]);
    });

    test("an aborted sleep ends at once and without error, before and during it", async () => {
      const stop = new AbortController();
      const during = made.port.sleep(3_600_000, stop.signal);
      stop.abort();
      await during;
      await made.port.sleep(3_600_000, stop.signal);
    });

    test("a sleep leaves nothing on its signal: a signal may outlive many thousand sleeps", async () => {
      const { signal } = new AbortController();
      const slept = made.port.sleep(5, signal);
      expect(getEventListeners(signal, "abort")).toHaveLength(1);
      await made.advance(10);
      await slept;
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });

    test("a sleep of no time ends by itself", async () => {
      await made.port.sleep(0);
      await made.port.sleep(-5);
    });
  });
}
