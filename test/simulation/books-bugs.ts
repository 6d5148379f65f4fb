/** Bugs of the books, planted like those of `plants.ts`. */
import type { HeadWrite } from "../../services/contract/run.ts";
import { isEndMark } from "../../services/contract/tables.ts";
import type { Plant } from "./plants.ts";
import type { Ports } from "./world/ports.ts";

const writing = (change: (write: HeadWrite) => HeadWrite) => (ports: Ports) => ({
  ...ports,
  runs: {
    ...ports.runs,
    write: (id: Parameters<Ports["runs"]["write"]>[0], write: HeadWrite) => ports.runs.write(id, change(write)),
  },
});

/** A run that ends leaves no trace for the books: as if it never had a holder. */
function untraced(write: HeadWrite): HeadWrite {
  const { holder, dueAtMs: _, ...set } = write.set;
  if (holder === undefined || !isEndMark(holder)) return write;
  return { ...write, set, remove: [...(write.remove ?? []), "holder", "dueAtMs"] };
}

export const booksBugs: readonly Plant[] = [
  { bug: "what a dead worker finished and did not book cannot be found", withinSeeds: 10, plant: writing(untraced) },
  {
    bug: "what was booked late is booked again by the next look",
    withinSeeds: 30,
    plant: (ports: Ports) => ({
      ...ports,
      ledger: {
        ...ports.ledger,
        changeLate: (hour, version, page) => ports.ledger.changeLate(hour, version, { ...page, keys: [] }),
      },
    }),
  },
];
