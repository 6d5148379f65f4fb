/** The OpenMetrics text, read as its specification says that it is to be read. */
import { expect, test } from "vitest";
import { durationBoundsMs, metricNames } from "../../../services/contract/metrics.ts";
import { familyOf, openMetrics, openMetricsType } from "../../../services/core/open-metrics.ts";

const nowMs = 1_790_000_000_000;
const seen = {
  sinceMs: nowMs - 10_000,
  minutes: new Map(),
  totals: { RunsFailed: 3, Cost: 2_500_000, "RunWait.high.7": 2, "RunWait.high.9": 1, "RunWait.high.sum": 4_250 },
  gauges: { atMs: nowMs, values: { "SlotsUsed.spot": 4, "OldestWait.low": 1_500, BreakersOpen: 0 } },
};

const META = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*)\})? (\S+)$/;
const ends = { counter: ["_total"], gauge: [""], histogram: ["_bucket", "_count", "_sum"] } as const;

type Family = {
  readonly name: string;
  type?: string;
  unit?: string;
  samples: { name: string; labels: string; value: number }[];
};

/** Parses the text, failing on what the specification forbids: empty lines, mixed families, a name without its unit, no end. */
function read(text: string): Family[] {
  expect(text.endsWith("# EOF\n")).toBe(true);
  const families: Family[] = [];
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const [, what, about, words = ""] = META.exec(line) ?? [];
    if (about !== undefined) {
      if (families.at(-1)?.name !== about) families.push({ name: about, samples: [] });
      const family = families.at(-1);
      expect(family?.samples, `${line}: metadata before samples`).toEqual([]);
      if (what === "TYPE") Object.assign(family ?? {}, { type: words });
      if (what === "UNIT") Object.assign(family ?? {}, { unit: words });
      continue;
    }
    const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`not OpenMetrics: ${JSON.stringify(line)}`);
    const family = families.at(-1);
    const allowed = ends[family?.type as keyof typeof ends].map((end) => `${family?.name}${end}`);
    expect(allowed, line).toContain(name);
    family?.samples.push({ name, labels, value: Number(value) });
  }
  for (const { name, unit } of families) if (unit !== undefined) expect(name.endsWith(`_${unit}`), name).toBe(true);
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  return families;
}

const families = read(openMetrics(seen, nowMs));
const of = (name: string): Family["samples"] => families.find((family) => family.name === name)?.samples ?? [];

test("every metric of the catalogue is a family, in base units", () => {
  expect(families.map(({ name }) => name)).toEqual(metricNames.map(familyOf));
  expect(openMetricsType).toContain("version=1.0.0");
  expect(familyOf("RunWait")).toBe("muster_run_wait_seconds");
});

test("counters end in _total, and are 0 where nothing happened", () => {
  expect(of("muster_runs_failed")).toEqual([{ name: "muster_runs_failed_total", labels: "", value: 3 }]);
  expect(of("muster_runs_succeeded")).toEqual([{ name: "muster_runs_succeeded_total", labels: "", value: 0 }]);
  expect(of("muster_cost_usd")).toEqual([{ name: "muster_cost_usd_total", labels: "", value: 2.5 }]);
});

test("buckets of a histogram add up to its count, each bound once, +Inf last", () => {
  const high = of("muster_run_wait_seconds").filter(({ labels }) => labels.startsWith('lane="high"'));
  const buckets = high.filter(({ name }) => name.endsWith("_bucket"));
  const bounds = buckets.map(({ labels }) => /le="(.*)"/.exec(labels)?.[1] ?? "");
  expect(bounds.at(-1)).toBe("+Inf");
  expect(bounds.slice(0, -1).map(Number)).toEqual(durationBoundsMs.map((ms) => ms / 1_000));
  for (const bound of bounds.slice(0, -1)) expect(bound).toMatch(/^\d+\.\d+$/);
  const counts = buckets.map(({ value }) => value);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(counts.slice(6, 10)).toEqual([0, 2, 2, 3]);
  expect(high.slice(-2).map(({ value }) => value)).toEqual([3, 4.25]);
});

test("a gauge that nobody measured, or long ago, has no sample", () => {
  expect(of("muster_slots_used")).toEqual([{ name: "muster_slots_used", labels: 'pool="spot"', value: 4 }]);
  expect(of("muster_oldest_wait_seconds").map(({ value }) => value)).toEqual([1.5]);
  expect(of("muster_slots_free")).toEqual([]);
  expect(of("muster_breakers_open").map(({ value }) => value)).toEqual([0]);
  const old = read(openMetrics(seen, nowMs + 600_000));
  expect(old.find(({ name }) => name === "muster_slots_used")?.samples).toEqual([]);
});
