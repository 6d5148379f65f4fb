/** What callers do with their runs later on: read, list, watch, cancel, redrive, alone and by filter; and pry into those of others. */
import { z } from "zod";
import { runState } from "../../../services/contract/failures.ts";
import { runId } from "../../../services/contract/ids.ts";
import type { RunFile } from "../world/run-file.ts";
import type { Answer, Caller, ClientParts } from "./clients.ts";

const READING = 0.02;
const PRYING = 0.02;
const WATCHING = 0.01;
const LATER_MS = 20_000;
const WATCH_MS = 10_000;
/** What a redriven run may have, all told; more than any run had before. */
const RAISE = { budgetMicroUsd: 1_000_000, timeoutMs: 3_600_000, deadlineMs: 3_600_000 };
const FOREIGN_ACTS = [
  ["cancel", {}],
  ["redrive", RAISE],
] as const;
const REDRIVEN = ["FAILED", "DEAD", "TIMED_OUT", "OVER_BUDGET"] as const;
const BULK_MAX = 20;

const shownState = z.object({ state: runState });
const listed = z.object({ runs: z.array(z.object({ id: runId, tenant: z.string() })) });

export class FollowUps {
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  /** What a caller will do with a run. */
  plan(caller: Caller, file: RunFile): void {
    const { dice, options, callers } = this.#parts;
    const anybody = () => dice.pick(callers);
    if (dice.happens(options.cancels)) this.#soon(() => this.#cancel(caller, file));
    if (dice.happens(READING)) this.#soon(() => this.#read(caller, file));
    if (dice.happens(PRYING)) this.#soon(() => this.#pry(anybody(), file));
    if (dice.happens(WATCHING)) this.#soon(() => this.#watch(anybody(), file));
    if (dice.happens(options.redrives)) this.#soon(() => this.#redrive(caller, file), 4 * LATER_MS);
  }

  /** What a caller will do with all of its runs, or with those that a filter finds. */
  planForAll(caller: Caller): void {
    const { dice, options } = this.#parts;
    this.#soon(() => this.#list(caller));
    this.#soon(() => this.#list(caller), 4 * LATER_MS);
    if (dice.happens(options.cancels)) this.#soon(() => this.#cancelMany(caller));
    if (dice.happens(options.redrives)) this.#soon(() => this.#redriveMany(caller), 4 * LATER_MS);
  }

  #soon(act: () => Promise<void>, meanMs = LATER_MS): void {
    const { dice, time } = this.#parts;
    time.after(dice.around(meanMs), () => void act());
  }

  async #read(caller: Caller, file: RunFile): Promise<void> {
    for (const path of [`/v1/runs/${file.id}`, `/v1/runs/${file.id}/turns`]) {
      const answer = await this.#parts.ask(path, { headers: as(caller) });
      if (answer?.status === 200) this.#parts.checks.shown(file, caller.tenant);
    }
  }

  /** Somebody reads the run; another tenant's it tries to cancel and to redrive before: to such a caller there is no run. */
  async #pry(caller: Caller, file: RunFile): Promise<void> {
    const { checks } = this.#parts;
    const isForeign = file.head?.tenant !== caller.tenant;
    for (const [act, body] of isForeign ? FOREIGN_ACTS : []) {
      const answer = await this.#post(caller, `/v1/runs/${file.id}/${act}`, body);
      if (answer !== undefined && answer.status !== 404 && answer.status < 500) checks.shown(file, caller.tenant);
    }
    await this.#read(caller, file);
  }

  /** Two pages of a caller's list; and one wait for a run of its own beside one of somebody else. */
  async #list(caller: Caller): Promise<void> {
    const { files, checks, ask, dice } = this.#parts;
    const state = dice.pick(["", "&state=QUEUED", "&state=RUNNING", "&state=SUCCEEDED"]);
    const page = await ask(`/v1/runs?limit=50${state}`, { headers: as(caller) });
    if (page?.status !== 200 || files.list.length === 0) return;
    for (const { id } of listed.parse(page.body).runs) checks.shown(files.of(id), caller.tenant);
    const some = Array.from({ length: 3 }, () => dice.pick(files.list)).map(({ id }) => id);
    const waited = await ask(`/v1/runs?ids=${some.join()}&wait=1`, { headers: as(caller) });
    if (waited?.status !== 200) return;
    for (const { id } of listed.parse(waited.body).runs) checks.shown(files.of(id), caller.tenant);
  }

  /** Reads an event stream for a while and goes away. */
  async #watch(caller: Caller, file: RunFile): Promise<void> {
    const { dice, checks, watch } = this.#parts;
    const seen = await watch(`/v1/runs/${file.id}/events`, { headers: as(caller) }, dice.around(WATCH_MS));
    if (seen?.status === 200) checks.shown(file, caller.tenant);
  }

  async #cancel(caller: Caller, file: RunFile): Promise<void> {
    const { ask, checks, time } = this.#parts;
    const askedAtMs = time.nowMs;
    file.cancelAsked = true;
    const answer = await ask(`/v1/runs/${file.id}/cancel`, { method: "POST", headers: as(caller) });
    if (answer?.status === 202 || (answer?.status === 200 && shownState.parse(answer.body).state === "CANCELLED"))
      checks.cancelTold(file, askedAtMs);
  }

  async #redrive(caller: Caller, file: RunFile): Promise<void> {
    file.redriveAsked = true;
    await this.#post(caller, `/v1/runs/${file.id}/redrive`, RAISE);
  }

  async #cancelMany(caller: Caller): Promise<void> {
    const { files, dice } = this.#parts;
    const state = dice.pick(["QUEUED", "RUNNING"] as const);
    files.cancelling.add(caller.tenant);
    await this.#post(caller, "/v1/runs/cancel", { filter: { state }, limit: BULK_MAX });
  }

  async #redriveMany(caller: Caller): Promise<void> {
    this.#parts.files.redriving.add(caller.tenant);
    for (const state of REDRIVEN)
      await this.#post(caller, "/v1/runs/redrive", { filter: { state }, limit: BULK_MAX, ...RAISE });
  }

  async #post(caller: Caller, path: string, body: object): Promise<Answer | undefined> {
    const headers = { ...as(caller), "content-type": "application/json" };
    return await this.#parts.ask(path, { method: "POST", headers, body: JSON.stringify(body) });
  }
}

const as = ({ key }: Caller) => ({ authorization: `Bearer ${key}` });
