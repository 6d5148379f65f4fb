/** Whether this worker may start one more run of a tenant, and what becomes of a message that has to wait for that. */
import type { Backlog } from "../contract/backlog.ts";
import type { WorkerBeat } from "../contract/fleet.ts";
import type { Lane, TenantId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { activeQuota, type Said, sayTenants, shareOf } from "../core/tenant-cap.ts";
import type { Received } from "../ports/queue.ts";
import type { WorkerDeps } from "./deps.ts";
import type { Slots } from "./slots.ts";

type Deps = Pick<WorkerDeps, "backlog" | "queue" | "clock" | "chance" | "events">;

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
  /** Most runs of each tenant at a time since the last beat, claims under way included. */
  #most = new Map<TenantId, number>();

  constructor(deps: Deps, slots: Slots, max: number | undefined) {
    this.#deps = deps;
    this.#slots = slots;
    this.#max = max;
  }

  /** Reads the fleet's sum every `backlogReadMs`; an unread one grows old and counts no more. */
  async watch(signal: AbortSignal): Promise<void> {
    const { backlog: store, clock, chance, events } = this.#deps;
    if (this.#max === undefined || store === undefined) return;
    this.#fraction = chance.fraction();
    while (!signal.aborted) {
      try {
        const latest = await store.latest();
        if (latest?.atMs !== this.#backlog?.atMs) this.#fraction = chance.fraction();
        this.#backlog = latest;
      } catch (error) {
        events.emit("store.failed", { operation: "read active runs", message: String(error) });
      }
      await clock.sleep(limits.backlogReadMs, signal);
    }
  }

  /**
   * What the next beat says of this worker's tenants: the most that it held since the last one. A slot that is free for a moment is
   * taken again under the same quota, so it is no room for others. Nothing where there is no cap.
   */
  say(): Pick<WorkerBeat, "tenants"> {
    if (this.#max === undefined) return {};
    const tenants = sayTenants(this.#most);
    this.#most = this.#held();
    const now: Said = { atMs: this.#deps.clock.nowMs(), tenants };
    this.#said = [...this.#said, now].slice(-limits.beatsRemembered);
    return { tenants };
  }

  /**
   * Lets a message in, until `settled`, or not: then its tenant has as many runs as this worker may hold of it. A message that
   * starts no run here (unreadable, or of a run that is active here) or does not name its tenant is let in.
   */
  enter({ receipt, message }: Received): boolean {
    const tenant = message?.tenant;
    if (this.#max === undefined || message === undefined || tenant === undefined) return true;
    if (this.#slots.get(message.runId) === undefined) {
      const share = shareOf(this.#backlog, this.#said, { tenant, nowMs: this.#deps.clock.nowMs() });
      if (this.#own(tenant) >= activeQuota(this.#max, share, this.#fraction)) return false;
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
   * harmless): waiting for room is nobody's failure and must not make it a dead letter. Throws when the queue fails; then
   * they come back by themselves.
   */
  async giveBack(lane: Lane, held: readonly Received[]): Promise<void> {
    const { queue, chance } = this.#deps;
    const laterMs = Math.ceil((limits.tenantHoldMs * (1 + chance.fraction())) / 2);
    const worn = held.flatMap(({ receipt, message, receives }) =>
      message !== undefined && receives >= limits.tenantHoldReceives ? [{ receipt, message }] : [],
    );
    const copies = worn.map(({ message }) => message);
    const unsent = copies.length === 0 ? [] : await queue.send(lane, copies, laterMs);
    const replaced = worn.filter(({ message }) => !unsent.some(({ wakeId }) => wakeId === message.wakeId));
    const gone = new Set(replaced.map(({ receipt }) => receipt));
    if (gone.size > 0) await queue.delete(lane, [...gone]);
    const kept = held.map(({ receipt }) => receipt).filter((receipt) => !gone.has(receipt));
    if (kept.length > 0) await queue.extend(lane, kept, laterMs);
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
