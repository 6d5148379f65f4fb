import type { Backlog } from "../contract/backlog.ts";

/** The last published backlog: one small item, written by the controller and read by the API. */
export interface BacklogStore {
  publish(backlog: Backlog): Promise<void>;
  latest(): Promise<Backlog | undefined>;
}
