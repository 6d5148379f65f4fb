/** A continuous load: keeps so many runs open, sees their heads several times a second, and remembers every accepted run. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type RunId, runId } from "../../services/contract/ids.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import type { Rehearsal } from "../bench/submit.ts";
import type { Twin } from "../bench/twin.ts";
import type { Stores } from "./stores.ts";

const LOOK_MS = 200;
const BATCH = 20;
const CALL_MS = 30_000;
const RETRY_MS = 200;

const accepted = z.object({ runs: z.array(z.looseObject({ id: runId })) });

/** How one request to submit was answered; `failed` had no answer at all. */
export type Answer = {
  readonly atMs: number;
  readonly status: number | "failed";
  readonly retryAfter: string | undefined;
};

export class Load {
  readonly #twin: Twin;
  readonly #stores: Stores;
  readonly #input: (n: number) => Rehearsal;
  readonly #open = new Map<RunId, RunHead | undefined>();
  readonly #listeners = new Set<(head: RunHead) => void>();
  readonly #stop = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  /** Runs with a 202. */
  readonly accepted: RunId[] = [];
  readonly answers: Answer[] = [];
  #submitted = 0;

  constructor(parts: { readonly twin: Twin; readonly stores: Stores; readonly input: (n: number) => Rehearsal }) {
    this.#twin = parts.twin;
    this.#stores = parts.stores;
    this.#input = parts.input;
  }

  /** Every head as it is seen. */
  onHead(listener: (head: RunHead) => void): void {
    this.#listeners.add(listener);
  }

  /** Open runs as they were seen last. */
  get open(): readonly RunHead[] {
    return [...this.#open.values()].filter((head) => head !== undefined);
  }

  /** Keeps `open` runs open until told to stop feeding. */
  start(open: number): void {
    this.#loops = Promise.all([this.#feed(open), this.#look()]);
  }

  /** Submits no more; resolves when every accepted run has ended, or after the bound. Gives those that have not. */
  async finish(boundMs: number): Promise<RunId[]> {
    this.#stop.abort();
    const endMs = performance.now() + boundMs;
    while (this.#open.size > 0 && performance.now() < endMs) await pause(LOOK_MS);
    const left = [...this.#open.keys()];
    this.#open.clear();
    await this.#loops;
    return left;
  }

  async #feed(open: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const missing = open - this.#open.size;
      if (missing > 0) await this.#submit(Math.min(BATCH, missing));
      else await pause(LOOK_MS);
    }
  }

  /** Like a careful client: one key a batch, sent again until it is accepted. */
  async #submit(count: number): Promise<void> {
    const runs = Array.from({ length: count }, () => ({ agent: "rehearsal", input: this.#input(this.#submitted++) }));
    const key = randomUUID();
    for (;;) {
      const ids = await this.#send(runs, key);
      if (ids !== undefined) {
        for (const id of ids) this.#open.set(id, undefined);
        return;
      }
      await pause(RETRY_MS);
    }
  }

  async #send(runs: readonly object[], key: string): Promise<RunId[] | undefined> {
    const atMs = Date.now();
    try {
      const answer = await fetch(`${this.#twin.url}/v1/runs`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${this.#twin.apiKey}`,
          "content-type": "application/json",
          "idempotency-key": key,
        },
        body: JSON.stringify({ runs }),
        signal: AbortSignal.timeout(CALL_MS),
      });
      const text = await answer.text();
      this.answers.push({ atMs, status: answer.status, retryAfter: answer.headers.get("retry-after") ?? undefined });
      if (answer.status !== 202) return undefined;
      const ids = accepted.parse(JSON.parse(text)).runs.map(({ id }) => id);
      this.accepted.push(...ids);
      return ids;
    } catch {
      this.answers.push({ atMs, status: "failed", retryAfter: undefined });
      return undefined;
    }
  }

  async #look(): Promise<void> {
    while (!this.#stop.signal.aborted || this.#open.size > 0) {
      const startMs = performance.now();
      // A store that is down for a moment is part of a drill: what is there is seen at the next look.
      const heads = await this.#stores.heads([...this.#open.keys()]).catch(() => []);
      for (const head of heads) {
        for (const listener of this.#listeners) listener(head);
        if (isEnded(head.state)) this.#open.delete(head.runId);
        else if (this.#open.has(head.runId)) this.#open.set(head.runId, head);
      }
      await pause(Math.max(0, LOOK_MS - (performance.now() - startMs)));
    }
  }
}

/** Waits by the clock: a drill measures a running system. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
