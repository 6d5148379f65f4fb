/** Promises 7 and 10: tenants are apart, and what grows has a bound. */
import { limits } from "../../../services/contract/limits.ts";
import type { Check } from "./observer.ts";

/** A tenant is shown its own runs only. */
export const tenantsAreApart: Check = (report) => ({
  shown: (file, tenant) => {
    if (file.head?.tenant !== tenant)
      report("tenantsAreApart", file, `${tenant} was shown a run of ${file.head?.tenant}`);
  },
});

/** Messages a run may have lying about before somebody is sending without end. */
const MESSAGES_A_RUN = 6;
const MESSAGES_ALWAYS = 500;

/** Lanes and inboxes do not grow without end. */
export const queuesAreBounded: Check = (report, files) => ({
  messages: (lane, count) => {
    const bound = MESSAGES_ALWAYS + MESSAGES_A_RUN * Math.max(0, files.accepted - files.ended);
    if (count > bound) report("queuesAreBounded", undefined, `${count} messages on ${lane}`);
  },
  inbox: (entries) => {
    if (entries > limits.inboxEntries) report("queuesAreBounded", undefined, `${entries} entries in an inbox`);
  },
});
