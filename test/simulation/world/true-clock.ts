/** True time, as the stores and the pools of a world see it. */
import type { Clock } from "../../../services/ports/clock.ts";
import { EPOCH_MS } from "../engine/sim-process.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";

export const trueClock = (time: VirtualTime): Clock => ({
  nowMs: () => Math.floor(EPOCH_MS + time.nowMs),
  monotonicMs: () => time.nowMs,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (ms <= 0 || signal?.aborted === true) return resolve();
      const stop = () => {
        time.callOff(timer);
        resolve();
      };
      const timer = time.after(ms, () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
      signal?.addEventListener("abort", stop, { once: true });
    }),
});
