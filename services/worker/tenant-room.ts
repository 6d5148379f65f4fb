/** Whether this worker may start one more run of a tenant, and what becomes of a message that has to wait for that. */
import type { Backlog } from "../contract/backlog.ts";
import type { WorkerBeat } from "../contract/fleet.ts";
import type { Lane, TenantId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { isEnded } from "../core/lifecycle.ts";
import { activeQuota, type Said, sayHeldBack, sayTenants, shareOf } from "../core/tenant-cap.ts";
import type { Received } from "../ports/queue.ts";
import type { WorkerDeps } from "./deps.ts";
import { readHeads } from "./read-heads.ts";
import type { Slots } from "./slots.ts";

type Deps = Pick<WorkerDeps, "backlog" | "queue" | "runs" | "clock" | "chance" | "events">;

const receiptsOf = (some: readonly Received[]): string[] => some.map(({ receipt }) => receipt);

/** One for a worker; without a cap it lets everything in and says nothing. */
export class TenantRoom {
  readonly #deps: Deps;
  readonly #slots: Slots;
  readonly #max: number | undefined;
  /** Tenants of claims under way, by receipt. */
  readonly #claiming = new Map<string, TenantId>();
  #backlog: Backlog | undefined;
  /** Drawn once for each published sum: a quota must not change between two looks at the same sum. */
  #fraction = 0;
  #said: readonly Said[] = [];
  /** What it had said when it read the sum: later words push these out before the sum is too old. */
  #saidBefore: readonly Said[] = [];
  readonly #looked = Promise.withResolvers<void>();
  /** Most runs of each tenant at a time since the last beat, claims under way included. */
  #most = new Map<TenantId, number>();
  /** When a message of each tenant was held back last (monotonic), the latest last. */
  readonly #heldAtMs = new Map<TenantId, number>();

  constructor(deps: Deps, slots: Slots, max: number | undefined) {
    this.#deps = deps;
    this.#slots = slots;
    this.#max = max;
  }

  /** Reads the fleet's sum every `backlogReadMs`, sooner after a failure; an unread one grows old and counts no more. */
  async watch(signal: AbortSignal): Promise<void> {
    const { backlog: store, clock, chance, events } = this.#deps;
    if (this.#max === undefined || store === undefined) return this.#looked.resolve();
    this.#fraction = chance.fraction();
    let failures = 0;
    while (!signal.aborted) {
      try {
        const latest = await store.latest();
        if (latest?.atMs !== this.#backlog?.atMs) {
          this.#fraction = chance.fraction();
          this.#saidBefore = this.#said;
        }
        this.#backlog = latest;
        failures = 0;
      } catch (error) {
        failures++;
        events.emit("store.failed", { operation: "read active runs", message: String(error) });
      }
      const again = failures > 0 && failures < limits.backlogReadTries;
      if (!again) this.#looked.resolve();
      await clock.sleep(again ? limits.retryBaseMs : limits.backlogReadMs, signal);
    }
  }

  /** Resolves once it has the sum, or has asked `backlogReadTries` times: whoever takes runs before that takes as many as the cap allows all. */
  get looked(): Promise<void> {
    return this.#looked.promise;
  }

  /**
   * What the next beat says of this worker's tenants: the most that it held since the last one. A slot that is free for a moment is
   * taken again under the same quota, so it is no room for others. And whose messages it held back lately: they are not lost.
   * Nothing where there is no cap.
   */
  say(): Pick<WorkerBeat, "tenants" | "heldBack"> {
    if (this.#max === undefined) return {};
    const tenants = sayTenants(this.#most);
    this.#most = this.#held();
    const now: Said = { atMs: this.#deps.clock.nowMs(), tenants };
    this.#said = [...this.#said, now].slice(-limits.beatsRemembered);
    return { tenants, heldBack: this.#heldLately() };
  }

  #heldLately(): string[] {
    const sinceMs = this.#deps.clock.monotonicMs() - limits.tenantHeldMs;
    for (const [tenant, atMs] of this.#heldAtMs) if (atMs < sinceMs) this.#heldAtMs.delete(tenant);
    return sayHeldBack([...this.#heldAtMs.keys()].toReversed());
  }

  #noteHeld(tenant: TenantId): false {
    this.#heldAtMs.delete(tenant);
    this.#heldAtMs.set(tenant, this.#deps.clock.monotonicMs());
    return false;
  }

  /**
   * Lets a message in, until `settled`, or not: then its tenant has as many runs as this worker may hold of it. A message that
   * starts no run here (unreadable, or of a run that is active here) or does not name its tenant is let in.
   */
  enter({ receipt, message }: Received): boolean {
    const tenant = message?.tenant;
    if (this.#max === undefined || message === undefined || tenant === undefined) return true;
    if (this.#slots.get(message.runId) === undefined) {
      const share = shareOf(this.#backlog, this.#saidBefore, { tenant, nowMs: this.#deps.clock.nowMs() });
      if (this.#own(tenant) >= activeQuota(this.#max, share, this.#fraction)) return this.#noteHeld(tenant);
    }
    this.#claiming.set(receipt, tenant);
    this.#most.set(tenant, Math.max(this.#most.get(tenant) ?? 0, this.#own(tenant)));
    return true;
  }

  /** The message came to a run in a slot, or to nothing. */
  settled(receipt: string): void {
    this.#claiming.delete(receipt);
  }

  /**
   * Has messages come back later. One that was received often gets a fresh copy in its place (the same wake-up: twice is
   * harmless): waiting for room is nobody's failure and must not make it a dead letter. If it wakes nobody any more it goes:
   * no claim would find that out while its tenant has no room. Throws when the queue or the store fails; then they come
   * back by themselves.
   */
  async giveBack(lane: Lane, held: readonly Received[]): Promise<void> {
    const { queue, chance } = this.#deps;
    const laterMs = Math.ceil((limits.tenantHoldMs * (1 + chance.fraction())) / 2);
    const young = held.filter(({ receives }) => receives < limits.tenantHoldReceives);
    if (young.length > 0) await queue.extend(lane, receiptsOf(young), laterMs);
    const worn = held.filter((one) => !young.includes(one));
    if (worn.length === 0) return;
    const { current, useless } = await this.#sortOut(worn);
    const copies = current.flatMap(({ message }) => message ?? []);
    const unsent = copies.length === 0 ? [] : await queue.send(lane, copies, laterMs);
    const kept = current.filter(({ message }) => unsent.some(({ wakeId }) => wakeId === message?.wakeId));
    const gone = [...useless, ...current.filter((one) => !kept.includes(one))];
    if (gone.length > 0) await queue.delete(lane, receiptsOf(gone));
    if (kept.length > 0) await queue.extend(lane, receiptsOf(kept), laterMs);
  }

  /** Messages that are their runs' last wake-up, or may be, and those of runs that have ended or were woken anew since. */
  async #sortOut(held: readonly Received[]): Promise<Record<"current" | "useless", Received[]>> {
    const { events } = this.#deps;
    const ids = [...new Set(held.flatMap(({ message }) => message?.runId ?? []))];
    const { heads: read, unread } = await readHeads(this.#deps, ids, "sort messages out");
    const heads = new Map(read.map((head) => [head.runId, head]));
    const current: Received[] = [];
    const useless: Received[] = [];
    for (const one of held) {
      const { message } = one;
      if (message === undefined) continue;
      const head = heads.get(message.runId);
      const wakes = head?.wakeId === message.wakeId && !isEnded(head.state);
      // Of a run that cannot be read nobody knows whether it is the last one.
      if (wakes || unread.has(message.runId)) current.push(one);
      else {
        useless.push(one);
        const because = head === undefined || isEnded(head.state) ? "ended" : "stale";
        events.emit("message.dropped", { because, runId: message.runId });
      }
    }
    return { current, useless };
  }

  #own(tenant: TenantId): number {
    return this.#held().get(tenant) ?? 0;
  }

  /** Runs and claims under way by tenant. */
  #held(): Map<TenantId, number> {
    const tenants = [...this.#slots.all().map(({ head }) => head.tenant), ...this.#claiming.values()];
    const held = new Map<TenantId, number>();
    for (const tenant of tenants) held.set(tenant, (held.get(tenant) ?? 0) + 1);
    return held;
  }
}
