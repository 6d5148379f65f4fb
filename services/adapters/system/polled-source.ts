import { limits } from "../../contract/limits.ts";
import type { StopNotice } from "../../core/drain.ts";
import { type Clock, OVER } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { StopSource } from "../../ports/stop-source.ts";

/** What one look at a source found. `failed` is looked at again as usual; `unseen`, where nothing ever answered, seldom. */
export type Found =
  | { readonly kind: "notice"; readonly notice: StopNotice }
  | { readonly kind: "nothing" }
  | { readonly kind: "failed" | "unseen"; readonly because: string };

/** How a source that must be asked is asked. `look` must end soon after its signal aborts. */
export type Polled = {
  readonly kind: string;
  readonly clock: Clock;
  readonly events: EventSink;
  look(signal: AbortSignal): Promise<Found>;
};

async function poll({ kind, clock, events, look }: Polled, stop: AbortSignal): Promise<StopNotice | undefined> {
  let before: Found["kind"] = "nothing";
  while (!stop.aborted) {
    const found = await look(stop).catch((error: unknown): Found => ({ kind: "failed", because: String(error) }));
    if (stop.aborted) return undefined;
    if (found.kind === "notice") return found.notice;
    // The first of a row is told; a source that is down for an hour is one line, not two thousand.
    if (found.kind !== before && found.kind !== "nothing")
      events.emit(`stop-source.${found.kind}`, { source: kind, because: found.because });
    before = found.kind;
    // Where a machine boots slowly it is there in the end; where it is out of reach, a call a minute costs nothing.
    await clock.sleep(found.kind === "unseen" ? limits.metadataSlowMs : limits.metadataPollMs, stop);
  }
  return undefined;
}

/** A stop source that is asked every `metadataPollMs`, or every `metadataSlowMs` while nothing ever answered. */
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
