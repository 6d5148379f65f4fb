/** The ports of one process: the stores of the world behind its network. */

import { StoreOutage } from "../../../services/core/store-outage.ts";
import type { BacklogStore } from "../../../services/ports/backlog-store.ts";
import type { BatchStore } from "../../../services/ports/batch-store.ts";
import type { BudgetStore } from "../../../services/ports/budget-store.ts";
import type { Capacity } from "../../../services/ports/capacity.ts";
import type { ContentStore } from "../../../services/ports/content-store.ts";
import type { FleetStore } from "../../../services/ports/fleet-store.ts";
import type { HistoryStore } from "../../../services/ports/history-store.ts";
import type { KeyStore } from "../../../services/ports/key-store.ts";
import type { LeaseStore } from "../../../services/ports/lease-store.ts";
import type { LedgerStore } from "../../../services/ports/ledger-store.ts";
import type { LimiterStore } from "../../../services/ports/limiter-store.ts";
import type { MemoStore } from "../../../services/ports/memo-store.ts";
import type { MetricStore } from "../../../services/ports/metric-store.ts";
import type { ObjectStore } from "../../../services/ports/object-store.ts";
import type { Queue } from "../../../services/ports/queue.ts";
import type { RunIndex } from "../../../services/ports/run-index.ts";
import type { RunStore } from "../../../services/ports/run-store.ts";
import type { ScalingStores } from "../../../services/ports/scaling-stores.ts";
import type { Observer } from "../checks/observer.ts";
import type { Network } from "../engine/network.ts";
import type { SimProcess } from "../engine/sim-process.ts";
import type { Weather } from "../engine/weather.ts";
import { ledgerBehind } from "./ledger.ts";
import type { RunFiles } from "./run-file.ts";
import { leasesBehind, scalingBehind } from "./scaling.ts";
import { simQueue } from "./sim-queue.ts";
import type { WorldStores } from "./stores.ts";
import type { Unreadable } from "./unreadable.ts";

/** What the ports of a process are made of. */
export type PortParts = {
  readonly network: Network;
  readonly weather: Weather;
  readonly stores: WorldStores;
  readonly files: RunFiles;
  readonly checks: Required<Observer>;
  readonly process: SimProcess;
  readonly unreadable: Unreadable;
  objectsAreDown(): boolean;
  /** Pools, where the world has some. */
  readonly capacity?: Capacity | undefined;
};

/** Everything that a process may call. */
export type Ports = {
  readonly runs: RunStore;
  readonly index: RunIndex;
  readonly history: HistoryStore;
  readonly contents: ContentStore;
  readonly objects: ObjectStore;
  readonly fleet: FleetStore;
  readonly keys: KeyStore;
  readonly backlog: BacklogStore;
  readonly metrics: MetricStore;
  readonly ledger: LedgerStore;
  readonly limiter: LimiterStore;
  readonly memo: MemoStore;
  readonly batches: BatchStore;
  readonly budgets: BudgetStore;
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly leases: LeaseStore;
  readonly scaling: ScalingStores;
  readonly capacity: Capacity | undefined;
};

/** One call of a process: `read` changes nothing, `write` may be applied although its answer is lost. */
export type Caller = {
  read<T>(name: string, act: () => Promise<T>): Promise<T>;
  write<T>(name: string, act: () => Promise<T>, pollMs?: number): Promise<T>;
};

const callerOf = ({ network, process }: PortParts): Caller => ({
  read: (name, act) => network.call(process, { name, isWrite: false, act }),
  write: (name, act, pollMs) => network.call(process, { name, isWrite: true, act, pollMs }),
});

function runs({ stores, process, checks, files, unreadable }: PortParts, { read, write }: Caller): RunStore {
  const kept = unreadable.runs(stores.runs, process);
  return {
    create: (head, nowMs) => write("runs.create", () => kept.create(head, nowMs)),
    read: (ids, nowMs) => read("runs.read", () => kept.read(ids, nowMs)),
    write: (id, change) => {
      if (change.set.state !== "RUNNING") return write("runs.write", () => kept.write(id, change));
      checks.acts(process, "claim", files.of(id));
      const claim = write("runs.write", () => kept.write(id, change));
      process.claiming++;
      const over = () => void process.claiming--;
      claim.then(over, over);
      return claim;
    },
  };
}

function history({ stores, checks, process }: PortParts, { read, write }: Caller): HistoryStore {
  const kept = stores.history;
  return {
    putDelta: (delta) => write("history.putDelta", () => kept.putDelta(delta)),
    deltas: (id, from, below, max) => read("history.deltas", () => kept.deltas(id, from, below, max)),
    intendTool: async (record) => {
      const there = await write("history.intendTool", () => kept.intendTool(record));
      checks.toolIntended(process, there);
      return there;
    },
    completeTool: (record) => write("history.completeTool", () => kept.completeTool(record)),
    putLive: (text) => write("history.putLive", () => kept.putLive(text)),
    live: (id) => read("history.live", () => kept.live(id)),
  };
}

function fleet({ stores, process, checks, unreadable }: PortParts, { read, write }: Caller): FleetStore {
  const kept = unreadable.fleet(stores.fleet, process);
  return {
    beat: async (beat, handled) => {
      const sent = process.moment();
      const outcome = await write("fleet.beat", () => kept.beat(beat, handled));
      if (outcome.kind === "alive") {
        checks.beatAnswered(process, sent);
        checks.inbox(outcome.inbox.length);
      }
      return outcome;
    },
    workers: (shard) => read("fleet.workers", () => kept.workers(shard)),
    worker: (id) => read("fleet.worker", () => kept.worker(id)),
    notify: (id, entry) => write("fleet.notify", () => kept.notify(id, entry)),
    bury: (id, seen, nowMs) => write("fleet.bury", () => kept.bury(id, seen, nowMs)),
    requestDrain: (id) => write("fleet.requestDrain", () => kept.requestDrain(id)),
    leave: (id) => write("fleet.leave", () => kept.leave(id)),
  };
}

function budgets({ stores }: PortParts, { read, write }: Caller): BudgetStore {
  const kept = stores.budgets;
  return {
    read: (id, worker) => read("budgets.read", () => kept.read(id, worker)),
    move: (id, move) => write("budgets.move", () => kept.move(id, move)),
    settings: () => read("budgets.settings", () => kept.settings()),
    changeSettings: (settings) => write("budgets.changeSettings", () => kept.changeSettings(settings)),
  };
}

/** All ports of a process. */
export function portsOf(parts: PortParts): Ports {
  const caller = callerOf(parts);
  const { stores, objectsAreDown } = parts;
  const { read, write } = caller;
  return {
    runs: runs(parts, caller),
    index: {
      byTenant: (query) => read("index.byTenant", () => stores.index.byTenant(query)),
      byHolder: (holder, dueByMs, after) => read("index.byHolder", () => stores.index.byHolder(holder, dueByMs, after)),
      allOfHolder: (holder, after) => read("index.allOfHolder", () => stores.index.allOfHolder(holder, after)),
      byDeadline: (shard, byMs, after) => read("index.byDeadline", () => stores.index.byDeadline(shard, byMs, after)),
    },
    history: history(parts, caller),
    contents: {
      put: (texts, nowMs) => write("contents.put", () => stores.contents.put(texts, nowMs)),
      get: (digest) => read("contents.get", () => stores.contents.get(digest)),
    },
    objects: {
      put: (key, text) => write("objects.put", () => stores.objects.put(key, text)),
      get: (key) =>
        read("objects.get", () =>
          objectsAreDown() ? Promise.reject(new StoreOutage("the object store is down")) : stores.objects.get(key),
        ),
    },
    fleet: fleet(parts, caller),
    ledger: ledgerBehind(stores.ledger, caller),
    limiter: {
      read: (name) => read("limiter.read", () => stores.limiter.read(name)),
      begin: (name, control) => write("limiter.begin", () => stores.limiter.begin(name, control)),
      book: (name, version, what) => write("limiter.book", () => stores.limiter.book(name, version, what)),
      change: (name, version, control) => write("limiter.change", () => stores.limiter.change(name, version, control)),
    },
    budgets: budgets(parts, caller),
    batches: {
      intend: (flight) => write("batches.intend", () => stores.batches.intend(flight)),
      bar: (id, nowMs) => write("batches.bar", () => stores.batches.bar(id, nowMs)),
      read: (id) => read("batches.read", () => stores.batches.read(id)),
      settle: (id, fate) =>
        write("batches.settle", async () => {
          const after = await stores.batches.settle(id, fate);
          if (after.state === "VOID" && after.doubtful) parts.files.voidFlights.add(id);
          return after;
        }),
      own: (batchId, id, nowMs) => write("batches.own", () => stores.batches.own(batchId, id, nowMs)),
      ownerOf: (batchId) => read("batches.ownerOf", () => stores.batches.ownerOf(batchId)),
    },
    memo: {
      read: (key) => read("memo.read", () => stores.memo.read(key)),
      lead: (key, lead, nowMs) => write("memo.lead", () => stores.memo.lead(key, lead, nowMs)),
      replace: (key, leader, entry) => write("memo.replace", () => stores.memo.replace(key, leader, entry)),
    },
    backlog: {
      publish: (backlog) => write("backlog.publish", () => stores.backlog.publish(backlog)),
      latest: () => read("backlog.latest", () => stores.backlog.latest()),
    },
    metrics: {
      add: (page) => write("metrics.add", () => stores.metrics.add(page)),
      publish: (gauges) => write("metrics.publish", () => stores.metrics.publish(gauges)),
      read: (from) => read("metrics.read", () => stores.metrics.read(from)),
    },
    keys: {
      find: (hash) => read("keys.find", () => stores.keys.find(hash)),
      put: (key) => write("keys.put", () => stores.keys.put(key)),
      list: () => read("keys.list", () => stores.keys.list()),
    },
    queue: simQueue(parts, caller, stores.queue),
    deadLetters: simQueue(parts, caller, stores.queue.dead),
    leases: leasesBehind(stores.leases, caller),
    scaling: scalingBehind(stores.scaling, caller),
    capacity: parts.capacity,
  };
}
