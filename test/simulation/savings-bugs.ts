/** Bugs of remembered answers and batches, planted like those of `plants.ts`. */
import { tenantId } from "../../services/contract/ids.ts";
import type { MemoKey } from "../../services/contract/memo.ts";
import type { HeadWrite } from "../../services/contract/run.ts";
import type { Plant } from "./plants.ts";
import type { Ports } from "./world/ports.ts";

const everybody = tenantId.parse("everybody");
const ofAll = (key: MemoKey): MemoKey => ({ ...key, tenant: everybody });

/** A commit that counts what it saved as spent. */
function spending(write: HeadWrite): HeadWrite {
  const { savedMicroUsd: saved, spentMicroUsd: spent } = write.set;
  if (saved === undefined || write.set.turn === undefined) return write;
  if (spent === undefined) return { ...write, add: { ...write.add, spentMicroUsd: saved } };
  return { ...write, set: { ...write.set, spentMicroUsd: spent + saved } };
}

export const savingsBugs: readonly Plant[] = [
  {
    bug: "the key of a remembered answer does not say whose it is",
    withinSeeds: 10,
    plant: (ports: Ports) => ({
      ...ports,
      memo: {
        read: (key) => ports.memo.read(ofAll(key)),
        lead: (key, lead, nowMs) => ports.memo.lead(ofAll(key), lead, nowMs),
        replace: (key, leader, entry) => ports.memo.replace(ofAll(key), leader, entry),
      },
    }),
  },
  {
    bug: "what a remembered answer saves is counted as spent",
    withinSeeds: 10,
    plant: (ports: Ports) => ({
      ...ports,
      runs: { ...ports.runs, write: (id, write) => ports.runs.write(id, spending(write)) },
    }),
  },
  {
    bug: "a batch whose answer was lost is made again at once",
    withinSeeds: 30,
    settled: { relaxed: 0.5, calm: 0.1, faults: ["store-answer-lost"] },
    plantBatches: (batches) => ({
      ...batches,
      create: async (requests, options) => {
        const first = await batches.create(requests, options);
        return first.kind === "failed" && first.billed === "maybe" ? batches.create(requests, options) : first;
      },
    }),
  },
  {
    bug: "a batch is sent without its intent",
    withinSeeds: 40,
    plant: (ports: Ports) => ({ ...ports, batches: { ...ports.batches, intend: async () => true } }),
  },
];
