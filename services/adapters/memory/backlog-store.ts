import type { Backlog } from "../../contract/backlog.ts";
import type { BacklogStore } from "../../ports/backlog-store.ts";
import type { Faults } from "./faults.ts";
import { kept } from "./kept.ts";

/** One value. */
export function memoryBacklogStore(faults: Faults): BacklogStore {
  let last: Backlog | undefined;
  return {
    publish: (backlog) =>
      faults.run("backlog.publish", () => {
        last = kept(backlog);
      }),
    latest: () => faults.run("backlog.latest", () => last),
  };
}
