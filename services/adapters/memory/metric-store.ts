import { type Cells, type Gauges, minuteOf } from "../../contract/metric-cells.ts";
import { addCells } from "../../core/metric-cells.ts";
import type { MetricStore } from "../../ports/metric-store.ts";
import type { Faults } from "./faults.ts";

/** Sums in maps; minutes are kept for ever. */
export function memoryMetricStore(faults: Faults): MetricStore {
  const minutes = new Map<number, Cells>();
  let totals: Cells = {};
  let sinceMs: number | undefined;
  let last: Gauges | undefined;
  return {
    add: ({ atMs, cells }) =>
      faults.run("metrics.add", () => {
        if (Object.keys(cells).length === 0) return;
        sinceMs ??= atMs;
        totals = addCells([totals, cells]);
        minutes.set(minuteOf(atMs), addCells([minutes.get(minuteOf(atMs)) ?? {}, cells]));
      }),
    publish: (gauges) =>
      faults.run("metrics.publish", () => {
        last = structuredClone(gauges);
      }),
    read: (fromMinute) =>
      faults.run("metrics.read", () => ({
        sinceMs,
        totals,
        minutes: new Map([...minutes].filter(([minute]) => minute >= fromMinute)),
        gauges: last,
      })),
  };
}
