/** How a call can end; what each means for the bill is said in the ledger. */
export type Outcome = "completed" | "aborted" | "broken" | "refused" | "lost";
