import type { Cells, Gauges } from "../contract/metric-cells.ts";
import type { MetricRole } from "../contract/metrics.ts";

/** What one process measured since its last page. */
export type MetricPage = { readonly role: MetricRole; readonly atMs: number; readonly cells: Cells };

/** What all processes together measured. `sinceMs` is the time of the first page; absent: there was none. */
export type StoredMetrics = {
  readonly sinceMs: number | undefined;
  readonly totals: Cells;
  /** By minute (`minuteOf`), from the one that was asked for on. */
  readonly minutes: ReadonlyMap<number, Cells>;
  readonly gauges: Gauges | undefined;
};

/** Metrics of an installation: sums since its beginning, sums of each minute of about the last hour, the last gauges. */
export interface MetricStore {
  /** Sent once: a page without an answer may be counted or not, and is never counted twice. */
  add(page: MetricPage): Promise<void>;
  /** Replaces the gauges. */
  publish(gauges: Gauges): Promise<void>;
  read(fromMinute: number): Promise<StoredMetrics>;
}
