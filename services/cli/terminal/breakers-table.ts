/** Breakers and rates as a table. */
import type { BreakerView } from "../../contract/http.ts";
import { table } from "./table.ts";

const whyOf = ({ cause, probeAt, pausedUntil, state }: BreakerView): string => {
  if (pausedUntil !== undefined) return `paused until ${pausedUntil}`;
  if (cause === undefined) return "";
  return state === "open" && probeAt === undefined ? `${cause}; a person must close it` : `${cause}; probes by itself`;
};

export function breakersTable(breakers: readonly BreakerView[]): string {
  return table<BreakerView>(
    [
      { title: "CLASS", cell: (one) => one.limitClass },
      { title: "PLATFORM", cell: (one) => one.platform ?? "" },
      { title: "STATE", cell: (one) => one.state },
      { title: "REQUESTS/MIN", cell: (one) => String(one.requestsPerMinute ?? "not used yet"), align: "right" },
      {
        title: "SHARE",
        cell: (one) => (one.share === undefined ? "" : `${Math.round(one.share * 100)} %`),
        align: "right",
      },
      { title: "CALLS 5 MIN", cell: (one) => String(one.calls), align: "right" },
      { title: "FAILED", cell: (one) => String(one.failures), align: "right" },
      { title: "BECAUSE", cell: whyOf },
    ],
    breakers,
  );
}
