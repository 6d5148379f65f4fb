/** A thread of `npm run simulate`: takes a seed, gives its result, asks for the next. */
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { faultNames } from "./engine/faults.ts";
import { runSeed } from "./seeds.ts";

const settled = z
  .object({ runs: z.int().optional(), faults: z.array(z.enum(faultNames)).optional(), scaled: z.boolean().optional() })
  .transform(({ runs, faults, scaled }) => ({
    ...(runs === undefined ? {} : { runs }),
    ...(faults === undefined ? {} : { faults }),
    ...(scaled === undefined ? {} : { scaled }),
  }))
  .parse(workerData);

parentPort?.on("message", async (seed: unknown) => {
  parentPort?.postMessage(await runSeed(z.int().parse(seed), settled));
});
