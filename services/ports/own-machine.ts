/** `leaving`: it ends, and is not replaced. `kept`: it may not go, for its group is at its minimum, or nobody can say. */
export type LeaveOutcome = { readonly kind: "leaving" } | { readonly kind: "kept"; readonly because: string };

/** The machine that this process runs on, as one of its group. */
export interface OwnMachine {
  /**
   * Ends the machine and makes its group smaller by one, in one step that refuses to go below the group's minimum. Whatever
   * still runs there is told to stop first. Throws when the call fails.
   */
  leave(): Promise<LeaveOutcome>;
}
