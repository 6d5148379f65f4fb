import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import type { StopSource } from "../../services/ports/stop-source.ts";

/** `trigger` makes the source say stop, as its outside would. `listening` counts what it still listens to. */
export type StopSourceMade = { readonly port: StopSource; trigger(): void; listening(): number };

export function stopSourceContract(name: string, make: () => StopSourceMade): void {
  describe(`StopSource: ${name}`, () => {
    test("it gives its notice when told to stop, and listens no longer", async () => {
      const { port, trigger, listening } = make();
      const { signal } = new AbortController();
      const notice = port.watch(signal);
      trigger();
      const { source, atMs, deadlineAtMs } = await notice;
      expect(source).not.toBe("");
      expect(atMs).toBeGreaterThan(0);
      if (deadlineAtMs !== undefined) expect(deadlineAtMs).toBeGreaterThanOrEqual(atMs);
      expect(listening()).toBe(0);
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });

    test("aborted it listens no longer and never gives a notice", async () => {
      const { port, trigger, listening } = make();
      const stop = new AbortController();
      let notices = 0;
      void port.watch(stop.signal).then(() => notices++);
      expect(listening()).toBeGreaterThan(0);
      stop.abort();
      expect(listening()).toBe(0);
      trigger();
      await new Promise(setImmediate);
      expect(notices).toBe(0);
    });

    test("an aborted signal from the start makes it listen to nothing", () => {
      const { port, listening } = make();
      void port.watch(AbortSignal.abort());
      expect(listening()).toBe(0);
    });
  });
}
