/** Between what a window measured and the sums that are stored. Pure. */
import type { Cells } from "../contract/metric-cells.ts";
import { type Series, seriesKey } from "../contract/metrics.ts";
import type { Histogram } from "./histogram.ts";
import type { Measured } from "./metric-window.ts";

const SUM = "sum";

/** The counters and distributions of a window as sums; gauges do not add up and are left out. */
export function cellsOf(all: readonly Measured[]): Cells {
  const cells: Record<string, number> = {};
  for (const measured of all) {
    const key = seriesKey(measured);
    if (measured.kind === "counter") cells[key] = Math.round(measured.number);
    if (measured.kind !== "distribution") continue;
    let sum = 0;
    for (const [bucket, values] of measured.buckets) {
      cells[`${key}.${bucket}`] = values.count;
      sum += values.sum;
    }
    cells[`${key}.${SUM}`] = Math.round(sum);
  }
  return cells;
}

/** The gauges of a window by series. */
export const gaugesOf = (all: readonly Measured[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    all.flatMap((measured) => (measured.kind === "gauge" ? [[seriesKey(measured), measured.number] as const] : [])),
  );

/** The sums of many pages together. */
export function addCells(pages: readonly Cells[]): Cells {
  const sums: Record<string, number> = {};
  for (const page of pages) for (const [name, value] of Object.entries(page)) sums[name] = (sums[name] ?? 0) + value;
  return sums;
}

/** The distribution of a series; empty where nothing was measured. */
export function histogramOf(cells: Cells, series: Series): Histogram {
  const prefix = `${seriesKey(series)}.`;
  const own = Object.entries(cells).filter(([name]) => name.startsWith(prefix));
  const numbered = own.flatMap(([name, count]) => {
    const bucket = name.slice(prefix.length);
    return /^\d+$/.test(bucket) ? [[Number(bucket), count] as const] : [];
  });
  return { counts: new Map(numbered), sumMs: cells[`${prefix}${SUM}`] ?? 0 };
}
