/** Path of everything that belongs to one run. */
import { z } from "zod";
import { runId } from "../../contract/ids.ts";
import { only } from "../reader.ts";

export const runPath = only(z.object({ id: runId }));
