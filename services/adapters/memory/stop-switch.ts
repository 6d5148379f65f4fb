import type { StopNotice } from "../../core/drain.ts";
import type { StopSource } from "../../ports/stop-source.ts";

/** A stop source that a test throws by hand. */
export type StopSwitch = StopSource & {
  /** How many watch it now. */
  readonly watchers: number;
  stop(notice: StopNotice): void;
};

/** A notice given before anybody watches is kept for whoever watches later. */
export function stopSwitch(): StopSwitch {
  let given: StopNotice | undefined;
  const watchers = new Set<(notice: StopNotice) => void>();
  return {
    kind: "switch",
    get watchers() {
      return watchers.size;
    },
    stop: (notice) => {
      given ??= notice;
      for (const tell of watchers) tell(given);
    },
    watch: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return;
        if (given !== undefined) return resolve(given);
        const forget = () => {
          watchers.delete(tell);
          signal.removeEventListener("abort", forget);
        };
        const tell = (notice: StopNotice) => {
          forget();
          resolve(notice);
        };
        watchers.add(tell);
        signal.addEventListener("abort", forget, { once: true });
      }),
  };
}
