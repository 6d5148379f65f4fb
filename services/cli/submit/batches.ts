/** Runs into requests: as many as a request may hold, by number and by bytes. */
import { UsageFailure } from "../failure.ts";
import type { Line } from "./lines.ts";
import type { Source } from "./source.ts";

/** Most runs, and most bytes of the body, of one request. */
export type BatchBounds = { readonly runs: number; readonly bytes: number };

/** One request. `index` counts from 0 and is part of its idempotency key, so batching must not depend on time. */
export type Batch = { readonly index: number; readonly lines: readonly Line[]; readonly bytes: number };

const ENVELOPE = Buffer.byteLength('{"runs":[]}');

/** Bytes of a run in a request's body, with its comma. */
export const bytesOf = (line: Line): number => Buffer.byteLength(JSON.stringify(line.run)) + 1;

/** Fills batches in order. Throws `UsageFailure` that gives the `place` of a run that fits into none. */
export function batches(source: Pick<Source, "lines" | "place">, bounds: BatchBounds): Batch[] {
  const full: Batch[] = [];
  let open: Line[] = [];
  let bytes = ENVELOPE;
  const close = () => {
    if (open.length > 0) full.push({ index: full.length, lines: open, bytes });
    open = [];
    bytes = ENVELOPE;
  };
  for (const line of source.lines) {
    const size = bytesOf(line);
    if (ENVELOPE + size > bounds.bytes) {
      throw new UsageFailure(
        `${source.place(line.line)}: ${size} bytes; a request holds ${bounds.bytes}`,
        "nothing was submitted; make the input smaller or store documents and name their keys",
      );
    }
    if (open.length >= bounds.runs || bytes + size > bounds.bytes) close();
    open.push(line);
    bytes += size;
  }
  close();
  return full;
}
