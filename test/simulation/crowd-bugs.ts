/** Planted bugs of what many runs, tenants or machines are promised together. */
import { faults } from "../../services/adapters/memory/faults.ts";
import { memoryLimiterStore } from "../../services/adapters/memory/limiter-store.ts";
import { tenantId } from "../../services/contract/ids.ts";
import type { Clock } from "../../services/ports/clock.ts";
import type { Plant } from "./plants.ts";
import type { Ports } from "./world/ports.ts";

const readsNoBacklog = (ports: Ports): Ports => ({
  ...ports,
  backlog: { ...ports.backlog, latest: async () => undefined },
});

const drainsAtOnce = ({ fleet, ...others }: Ports, clock: Clock): Ports => {
  const beat: typeof fleet.beat = async (said, handled) => {
    const outcome = await fleet.beat(said, handled);
    return outcome.kind === "alive" && outcome.drain ? { ...outcome, drainByMs: clock.nowMs() } : outcome;
  };
  return { ...others, fleet: { ...fleet, beat } };
};

/** Says of a running run what a cancel would have written and told, and does nothing. */
function cancelsNobody(ports: Ports): Ports {
  const { runs, fleet } = ports;
  const write: typeof runs.write = async (id, { set, ...rest }) => {
    const [head] = set.cancelRequestedAtMs === undefined ? [] : await runs.read([id], set.cancelRequestedAtMs);
    return head === undefined
      ? await runs.write(id, { set, ...rest })
      : { kind: "written", head: { ...head, cancelRequestedAtMs: set.cancelRequestedAtMs } };
  };
  return { ...ports, runs: { ...runs, write }, fleet: { ...fleet, notify: async () => "delivered" } };
}

export const crowdBugs: readonly Plant[] = [
  {
    bug: "a cancel of a running run is answered, and nothing done",
    withinSeeds: 3,
    settled: { faults: ["notice"], cancels: 0.5, submitOverMs: 10_000 },
    plant: (ports, { kind }) => (kind === "api" ? cancelsNobody(ports) : ports),
  },
  {
    bug: "a worker that leaves does not wake up what it released",
    withinSeeds: 10,
    settled: { faults: ["notice", "notice-with-deadline", "drain-flag"] },
    plant: (ports, { kind }) =>
      kind === "worker" ? { ...ports, queue: { ...ports.queue, send: async () => [] } } : ports,
  },
  {
    bug: "a drain flag is heard as a deadline that has passed: turns in flight are aborted at once",
    withinSeeds: 5,
    settled: { faults: ["notice", "notice-with-deadline", "drain-flag"] },
    plant: (ports, { kind, clock }) => (kind === "worker" ? drainsAtOnce(ports, clock) : ports),
  },
  {
    bug: "a list shows the runs of another tenant",
    withinSeeds: 3,
    plant: (ports, { kind }) => {
      const { index } = ports;
      const byTenant: typeof index.byTenant = (query) => index.byTenant({ ...query, tenant: tenantId.parse("anna") });
      return kind === "api" ? { ...ports, index: { ...index, byTenant } } : ports;
    },
  },
  {
    bug: "whoever names a run may cancel it",
    withinSeeds: 5,
    plant: (ports, { kind }) => {
      const { keys } = ports;
      const find: typeof keys.find = async (hash) => {
        const key = await keys.find(hash);
        return key && { ...key, role: "operator" };
      };
      return kind === "api" ? { ...ports, keys: { ...keys, find } } : ports;
    },
  },
  {
    bug: "each worker keeps to the rate by itself",
    withinSeeds: 10,
    settled: { runs: 200, callsPerMinute: 300 },
    plant: (ports, { kind, clock }) =>
      kind === "worker" ? { ...ports, limiter: memoryLimiterStore(faults(), clock) } : ports,
  },
  {
    bug: "submits do not look at the backlog",
    withinSeeds: 3,
    settled: { runs: 400, workers: 2, slots: 4, submitOverMs: 90_000, queuedMax: 10, faults: [] },
    plant: (ports, { kind }) => (kind === "api" ? readsNoBacklog(ports) : ports),
  },
  {
    bug: "workers do not look at what a tenant has active elsewhere",
    withinSeeds: 3,
    settled: { runs: 400, submitOverMs: 60_000, tenantActiveMax: 4, faults: [] },
    plant: (ports, { kind }) => (kind === "worker" ? readsNoBacklog(ports) : ports),
  },
  {
    bug: "workers do not say whose messages they hold back: runs that wait for their tenant are sent again",
    withinSeeds: 3,
    settled: { submitOverMs: 10_000, tenants: 1, tenantActiveMax: 2, faults: [] },
    plant: (ports, { kind }) => {
      const { fleet } = ports;
      const beat: typeof fleet.beat = ({ heldBack: _, ...said }, handled) => fleet.beat(said, handled);
      return kind === "worker" ? { ...ports, fleet: { ...fleet, beat } } : ports;
    },
  },
  {
    bug: "a late event of a machine buries who was started there after it",
    withinSeeds: 30,
    settled: { faults: ["instance-gone", "event-late", "event-doubled"] },
    plant: (ports, { name }) => {
      const { fleet } = ports;
      const workers: typeof fleet.workers = async (shard) =>
        (await fleet.workers(shard)).map((worker) => ({ ...worker, startedAtMs: 0 }));
      return name.startsWith("e_") ? { ...ports, fleet: { ...fleet, workers } } : ports;
    },
  },
];
