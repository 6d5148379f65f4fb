/** Runs of a virtual fleet: who waits in which lane, who is active where, when each ends. */
import { type Lane, lanes } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import type { Traffic } from "../traffic/traffic.ts";
import { LinkedRuns } from "./linked-runs.ts";
import { WaitingLine } from "./waiting-line.ts";

/** How many seconds of work ahead ends are sorted by: the longest run, and the time that the traffic takes. */
const secondsOf = ({ startMs, endMs, activeMs }: Traffic): number =>
  Math.ceil((endMs - startMs) / 1_000) + Math.ceil(activeMs.reduce((most, ms) => Math.max(most, ms), 0) / 1_000) + 2;

/**
 * Work is counted on a clock of its own, which goes slower than time while the model rate is too low for all active runs: so a change of
 * speed moves every end without touching a run.
 */
export class Runs {
  /** Time from submission to the first slot, ms; NaN for a run that never got one. */
  readonly waitedMs: Float32Array;
  active = 0;
  /** Runs that were released from a machine and wait again, so far. */
  released = 0;
  ended = 0;
  #workClockMs = 0;
  #sweptSecond = -1;
  readonly #leftMs: Float64Array;
  readonly #endsAtWorkMs: Float64Array;
  readonly #queuedAtMs: Float64Array;
  readonly #machineOf: Int32Array;
  readonly #byMachine: LinkedRuns;
  readonly #byEnd: LinkedRuns;
  readonly #lines: Readonly<Record<Lane, WaitingLine>>;
  readonly #served = { high: 0, normal: 0, low: 0 };
  readonly #traffic: Traffic;

  constructor(traffic: Traffic) {
    const runs = traffic.atMs.length;
    this.#traffic = traffic;
    this.waitedMs = new Float32Array(runs).fill(Number.NaN);
    this.#leftMs = Float64Array.from(traffic.activeMs);
    this.#endsAtWorkMs = new Float64Array(runs);
    this.#queuedAtMs = Float64Array.from(traffic.atMs);
    this.#machineOf = new Int32Array(runs).fill(-1);
    this.#byMachine = new LinkedRuns(runs, 1_024);
    this.#byEnd = new LinkedRuns(runs, secondsOf(traffic));
    this.#lines = { high: new WaitingLine(), normal: new WaitingLine(), low: new WaitingLine() };
  }

  get waiting(): number {
    return this.#lines.high.size + this.#lines.normal.size + this.#lines.low.size;
  }

  /** Runs that wait in a lane, and since when its first one does. */
  line(lane: Lane): { readonly visible: number; readonly sinceMs: number | undefined } {
    const { size, first } = this.#lines[lane];
    return { visible: size, sinceMs: first === undefined ? undefined : this.#queuedAtMs[first] };
  }

  /** A run waits from `nowMs` on. */
  queue(run: number, nowMs: number): void {
    this.#queuedAtMs[run] = nowMs;
    this.#lines[lanes[this.#traffic.lane[run] ?? 0] ?? "normal"].push(run);
  }

  /** Takes the next waiting run out: lanes in turn by their weights, the oldest of a lane first. */
  next(): number | undefined {
    let best: Lane | undefined;
    for (const lane of lanes) {
      if (this.#lines[lane].size === 0) continue;
      if (best === undefined || this.#served[lane] < this.#served[best]) best = lane;
    }
    if (best === undefined) return undefined;
    this.#served[best] += 1 / limits.laneWeights[best];
    // A lane that had nothing to ask for has no claim on turns that are over.
    const debt = this.#served[best];
    for (const lane of lanes) if (this.#lines[lane].size === 0) this.#served[lane] = Math.max(this.#served[lane], debt);
    return this.#lines[best].shift();
  }

  start(run: number, machine: number, nowMs: number): void {
    if (Number.isNaN(this.waitedMs[run])) this.waitedMs[run] = Math.max(0, nowMs - (this.#traffic.atMs[run] ?? 0));
    const endsAt = this.#workClockMs + (this.#leftMs[run] ?? 0);
    this.#endsAtWorkMs[run] = endsAt;
    this.#machineOf[run] = machine;
    this.#byMachine.add(machine, run);
    this.#byEnd.add(this.#bucketOf(endsAt), run);
    this.active++;
  }

  /** Lets work go on for `ms` at a speed of 0 to 1; `ended` is told the machine of each run that ends. */
  work(ms: number, speed: number, ended: (machine: number) => void): void {
    this.#workClockMs += ms * speed;
    const reached = Math.floor(this.#workClockMs / 1_000);
    for (let second = this.#sweptSecond + 1; second <= reached; second++) {
      this.#sweptSecond = second;
      for (const run of this.#byEnd.all(second)) {
        this.#byEnd.remove(second, run);
        ended(this.#leave(run));
        this.ended++;
      }
    }
  }

  /** Releases every run of a machine: what each did is kept, and it waits again. Gives how many there were. */
  release(machine: number, nowMs: number): number {
    const runs = this.#byMachine.all(machine);
    for (const run of runs) {
      const endsAt = this.#endsAtWorkMs[run] ?? 0;
      this.#leftMs[run] = Math.max(1, endsAt - this.#workClockMs);
      this.#byEnd.remove(this.#bucketOf(endsAt), run);
      this.#leave(run);
      this.queue(run, nowMs);
    }
    this.released += runs.length;
    return runs.length;
  }

  #leave(run: number): number {
    const machine = this.#machineOf[run] ?? -1;
    this.#byMachine.remove(machine, run);
    this.#machineOf[run] = -1;
    this.active--;
    return machine;
  }

  #bucketOf = (workMs: number): number => Math.ceil(workMs / 1_000);
}
