/** One message of a conversation as the stub holds it. */
import type { Block } from "./blocks.ts";

/** Who speaks. */
export type Role = "user" | "assistant" | "system";

/** One message of the history. */
export interface Message {
  readonly role: Role;
  readonly blocks: readonly Block[];
}
