/** The pools of an installation as its functions know them: names that the infrastructure gave, and bounds. */
import { z } from "zod";

const size = z.object({ min: z.int().nonnegative(), max: z.int().nonnegative() });
const pools = <S extends z.ZodType>(of: S) => z.object({ spot: of, "on-demand": of, "fargate-spot": of, fargate: of });

/** `MUSTER_CAPACITY`: the ECS cluster, names of Auto Scaling groups and services, machines or tasks at least and at most. */
export const poolSettings = z.object({
  cluster: z.string().min(1),
  names: pools(z.string().min(1)),
  bounds: pools(size),
});
export type PoolSettings = z.infer<typeof poolSettings>;
