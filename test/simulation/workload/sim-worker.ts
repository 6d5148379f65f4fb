/** A worker of a world, and the machine that it lives on where the world has machines. */
import type { Place } from "../../../services/contract/fleet.ts";
import type { Pool } from "../../../services/contract/ids.ts";
import type { ReleaseNotice } from "../../../services/core/drain.ts";
import type { Worker } from "../../../services/worker/worker.ts";
import type { SimProcess } from "../engine/sim-process.ts";

/** A machine as a worker on it knows it. */
export type Home = {
  readonly pool: Pool;
  readonly place: Place;
  /** The worker has ended; clean: it was drained. */
  gone(one: SimWorker, clean: boolean): void;
  /** The machine is taken away, with everybody on it. */
  lose(): void;
};

export type SimWorker = {
  readonly process: SimProcess;
  readonly worker: Worker;
  readonly place: Place;
  readonly home: Home | undefined;
  notice: ReleaseNotice | undefined;
};
