/** Who leads the fleet: one item that its holder renews. */
import { z } from "zod";

/**
 * `epoch` grows with every leader, `counter` with every sign of life of whoever leads: it is the controller's heartbeat.
 * `free`: its holder gave it up, so that the next one need not wait for silence.
 */
export const lease = z.object({
  holder: z.string().min(1),
  epoch: z.int().positive(),
  counter: z.int().nonnegative(),
  free: z.boolean(),
});
export type Lease = z.infer<typeof lease>;
