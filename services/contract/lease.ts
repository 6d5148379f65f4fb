/** Who leads the fleet: one item that its holder renews. */
import { z } from "zod";

/**
 * `epoch` grows with every leader, `counter` with every sign of life of whoever leads. `decided` grows when capacity was decided on: it is the
 * controller's heartbeat, for who leads and holds scales nothing in; absent: written by a controller that did not count yet.
 * `free`: its holder gave it up, so that the next one need not wait for silence.
 */
export const lease = z.object({
  holder: z.string().min(1),
  epoch: z.int().positive(),
  counter: z.int().nonnegative(),
  free: z.boolean(),
  decided: z.int().nonnegative().optional(),
});
export type Lease = z.infer<typeof lease>;
