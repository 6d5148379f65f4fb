/**
 * What became of a wish to protect the task: `blocked` means that it is to go (the service wants fewer tasks), `refused`
 * that this task can never be protected, `failed` that nobody knows.
 */
export type ProtectionOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "blocked" | "refused" | "failed"; readonly because: string };

/** Protection of the task that this process runs in from scale-in and deployments. Never throws. */
export interface TaskProtection {
  /** Protects for `limits.protectionMs` from now on; calling it again renews. */
  protect(): Promise<ProtectionOutcome>;
  release(): Promise<ProtectionOutcome>;
}
