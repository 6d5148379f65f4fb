/** What a caller sees when a call was carried out but its answer never arrived. */
export class AnswerLost extends Error {
  override readonly name = "AnswerLost";
}

/** Every call of a memory store that can be made to fail. */
export type Operation =
  | "runs.create"
  | "runs.read"
  | "runs.write"
  | "index.byTenant"
  | "index.byHolder"
  | "index.allOfHolder"
  | "index.byDeadline"
  | "history.putDelta"
  | "history.deltas"
  | "history.intendTool"
  | "history.completeTool"
  | "history.putLive"
  | "history.live"
  | "contents.put"
  | "contents.get"
  | "objects.put"
  | "objects.get"
  | "fleet.beat"
  | "fleet.workers"
  | "fleet.worker"
  | "fleet.notify"
  | "fleet.bury"
  | "fleet.requestDrain"
  | "fleet.leave"
  | "limiter.read"
  | "limiter.begin"
  | "limiter.book"
  | "limiter.change"
  | "budgets.read"
  | "budgets.move"
  | "budgets.settings"
  | "budgets.changeSettings"
  | "batches.intend"
  | "batches.bar"
  | "batches.read"
  | "batches.settle"
  | "batches.own"
  | "batches.ownerOf"
  | "memo.read"
  | "memo.lead"
  | "memo.replace"
  | "ledger.write"
  | "ledger.read"
  | "keys.find"
  | "keys.put"
  | "keys.list"
  | "leases.read"
  | "leases.replace"
  | "backlog.publish"
  | "backlog.latest"
  | "metrics.add"
  | "metrics.publish"
  | "metrics.read"
  | "scaling.read"
  | "scaling.keep"
  | "scaling.desk"
  | "scaling.append"
  | "capacity.observe"
  | "capacity.act"
  | "queue.send"
  | "queue.receive"
  | "queue.delete"
  | "queue.extend"
  | "queue.depth";

/** An error comes before anything is done; a lost answer after all of it was done. */
export type Fault = Error | "lost-answer";

/** The switchboard of faults that the stores of one world share. */
export type Faults = {
  /** The next `times` calls of the operation fail so; faults of one operation are used in the order of their injection. */
  failNext(operation: Operation, fault: Fault, times?: number): void;
  /** Every call of these operations (all when none is named) fails with the error until `heal`. */
  outage(error: Error, operations?: readonly Operation[]): void;
  /** Runs whose heads nobody can read, as if another version had written them. Who puts one in takes it out; `heal` takes out all. */
  readonly spoilt: Set<string>;
  /** Forgets every fault that was not used. */
  heal(): void;
  /** Carries out a call under the faults. `act` runs in one step, so calls are atomic. */
  run<T>(operation: Operation, act: () => T | Promise<T>): Promise<T>;
};

/** No faults until some are injected. */
export function faults(): Faults {
  const planned = new Map<Operation, Fault[]>();
  const spoilt = new Set<string>();
  let down: { error: Error; operations: ReadonlySet<Operation> | undefined } | undefined;
  const next = (operation: Operation): Fault | undefined => {
    if (down !== undefined && (down.operations === undefined || down.operations.has(operation))) return down.error;
    return planned.get(operation)?.shift();
  };
  return {
    failNext: (operation, fault, times = 1) => {
      planned.set(operation, [...(planned.get(operation) ?? []), ...Array<Fault>(times).fill(fault)]);
    },
    outage: (error, operations) => {
      down = { error, operations: operations === undefined ? undefined : new Set(operations) };
    },
    spoilt,
    heal: () => {
      planned.clear();
      spoilt.clear();
      down = undefined;
    },
    run: async (operation, act) => {
      const fault = next(operation);
      if (fault instanceof Error) throw fault;
      const result = await act();
      if (fault === "lost-answer") throw new AnswerLost(`${operation}: done, but the answer was lost`);
      return result;
    },
  };
}
