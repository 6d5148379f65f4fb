import { limits } from "../../contract/limits.ts";
import type { StopNotice } from "../../core/drain.ts";
import { type Clock, OVER } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { StopSource } from "../../ports/stop-source.ts";

/** What one look at a source found. `failed` is looked at again; `off` is not. */
export type Found =
  | { readonly kind: "notice"; readonly notice: StopNotice }
  | { readonly kind: "nothing" }
  | { readonly kind: "failed" | "off"; readonly because: string };

/** How a source that must be asked is asked. `look` must end soon after its signal aborts. */
export type Polled = {
  readonly kind: string;
  readonly clock: Clock;
  readonly events: EventSink;
  look(signal: AbortSignal): Promise<Found>;
};

async function poll({ kind, clock, events, look }: Polled, stop: AbortSignal): Promise<StopNotice | undefined> {
  let failing = false;
  while (!stop.aborted) {
    const found = await look(stop).catch((error: unknown): Found => ({ kind: "failed", because: String(error) }));
    if (stop.aborted) return undefined;
    if (found.kind === "notice") return found.notice;
    if (found.kind === "off") {
      events.emit("stop-source.off", { source: kind, because: found.because });
      return undefined;
    }
    // The first failure of a row is told; a source that is down for an hour is one line, not two thousand.
    if (found.kind === "failed" && !failing)
      events.emit("stop-source.failed", { source: kind, because: found.because });
    failing = found.kind === "failed";
    await clock.sleep(limits.metadataPollMs, stop);
  }
  return undefined;
}

/** A stop source that is asked every `metadataPollMs`. */
export const polledSource = (polled: Polled): StopSource => ({
  kind: polled.kind,
  watch: (stop) =>
    new Promise((resolve) => {
      const over = new AbortController();
      void poll(polled, AbortSignal.any([stop, over.signal])).then((notice) => {
        over.abort(OVER);
        if (notice !== undefined) resolve(notice);
      });
    }),
});
