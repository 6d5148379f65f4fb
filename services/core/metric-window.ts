import { type NameOf, type Series, seriesKey } from "../contract/metrics.ts";
import { bucketOf } from "./histogram.ts";

/** Values of one bucket: how many, and their sum. */
export type Bucket = { readonly count: number; readonly sum: number };

/** What a window saw of one series. Buckets by number; empty ones are left out. */
export type Measured = Series &
  (
    | { readonly kind: "counter" | "gauge"; readonly number: number }
    | { readonly kind: "distribution"; readonly buckets: ReadonlyMap<number, Bucket> }
  );

type Cell = Series & ({ kind: "counter" | "gauge"; number: number } | { kind: "distribution"; buckets: Bucket[] });

/**
 * What one process measured since the last `take`. Recording is one map look-up, whatever was recorded before; the number of series
 * is bounded by the catalogue.
 */
export class MetricWindow {
  #cells = new Map<string, Cell>();

  /** Adds to a counter. */
  add(name: NameOf<"counter">, by = 1): void {
    const cell = this.#cell({ name }, "counter");
    if (cell.kind !== "distribution") cell.number += by;
  }

  /** Replaces the value of a gauge. */
  set(name: NameOf<"gauge">, value: string | undefined, number: number): void {
    const cell = this.#cell({ name, value }, "gauge");
    if (cell.kind !== "distribution") cell.number = number;
  }

  /** One more value of a distribution; a clock that went back makes no negative ones. */
  observe(name: NameOf<"distribution">, value: string | undefined, ms: number): void {
    const cell = this.#cell({ name, value }, "distribution");
    if (cell.kind !== "distribution") return;
    const bucket = bucketOf(Math.max(0, ms));
    const { count, sum } = cell.buckets[bucket] ?? { count: 0, sum: 0 };
    cell.buckets[bucket] = { count: count + 1, sum: sum + Math.max(0, ms) };
  }

  /** Everything, and begins anew. */
  take(): readonly Measured[] {
    const cells = [...this.#cells.values()];
    this.#cells = new Map();
    return cells.map((cell) => (cell.kind === "distribution" ? { ...cell, buckets: filled(cell.buckets) } : cell));
  }

  #cell(series: Series, kind: Cell["kind"]): Cell {
    const key = seriesKey(series);
    const there = this.#cells.get(key);
    if (there !== undefined) return there;
    const made: Cell = kind === "distribution" ? { ...series, kind, buckets: [] } : { ...series, kind, number: 0 };
    this.#cells.set(key, made);
    return made;
  }
}

const filled = (buckets: readonly Bucket[]): ReadonlyMap<number, Bucket> =>
  new Map(buckets.flatMap((bucket, i) => (bucket === undefined ? [] : [[i, bucket] as const])));
