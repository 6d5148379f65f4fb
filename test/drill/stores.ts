/** The stores of a running twin, read over the wire as its own programs do. */
import { awsClients } from "../../services/adapters/aws/clients.ts";
import { awsStores } from "../../services/adapters/aws/stores.ts";
import { systemChance } from "../../services/adapters/system/chance.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import type { RunId, WorkerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import type { Twin } from "../bench/twin.ts";
import { TWIN_ACCESS, TWIN_REGION, TWIN_TABLE } from "./own-worker.ts";

const SOCKETS = 20;
export type Stores = ReturnType<typeof storesOf>;

export function storesOf(twin: Twin) {
  const clients = awsClients({
    region: TWIN_REGION,
    endpoints: twin.endpoints,
    credentials: TWIN_ACCESS,
    maxSockets: SOCKETS,
    now: () => new Date(systemClock.nowMs()),
  });
  const { dynamodb: dynamo, once, s3 } = clients;
  const bucket = "muster-data";
  const stores = awsStores({ dynamo, once, s3, table: TWIN_TABLE, bucket, clock: systemClock, chance: systemChance });

  /** Heads in pages of 100; those that are not there are left out. */
  async function heads(ids: readonly RunId[]): Promise<RunHead[]> {
    const found: RunHead[] = [];
    for (let i = 0; i < ids.length; i += limits.readBatchMax)
      found.push(...(await stores.runs.read(ids.slice(i, i + limits.readBatchMax), systemClock.nowMs())));
    return found;
  }

  /** Runs that this worker holds now, by their heads. */
  async function heldBy(worker: WorkerId): Promise<RunHead[]> {
    const ids: RunId[] = [];
    let after: string | undefined;
    do {
      const page = await stores.index.byHolder(worker, Number.MAX_SAFE_INTEGER, after);
      ids.push(...page.ids);
      after = page.next;
    } while (after !== undefined);
    return (await heads(ids)).filter((head) => head.holder === worker);
  }
  return { ...stores, heads, heldBy, close: clients.destroy };
}
