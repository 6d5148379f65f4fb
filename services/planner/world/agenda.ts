/** What happens later, on the virtual clock. */
type Act = (nowMs: number) => void;

/** Acts by second. An act for the past happens with the next second that is run. */
export class Agenda {
  readonly #acts = new Map<number, Act[]>();
  #ranTo: number;

  constructor(startMs: number) {
    this.#ranTo = Math.floor(startMs / 1_000);
  }

  at(timeMs: number, act: Act): void {
    const second = Math.max(this.#ranTo + 1, Math.ceil(timeMs / 1_000));
    const acts = this.#acts.get(second);
    if (acts === undefined) this.#acts.set(second, [act]);
    else acts.push(act);
  }

  /** Runs everything that is due; call it for every second, in order. */
  run(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    this.#ranTo = second;
    const acts = this.#acts.get(second);
    if (acts === undefined) return;
    this.#acts.delete(second);
    for (const act of acts) act(nowMs);
  }
}
