/** `npm run simulate`: seeds in a row, on one or more cores. Exit code 1 when a promise was broken. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { drawOptions } from "./engine/options.ts";
import { Simulation } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    trace: { type: "boolean" },
    faults: { type: "string" },
  },
});
for (const seed of (values.seed ?? "1").split(",").map(Number)) {
  const options = drawOptions(seed, {
    ...(values.runs ? { runs: Number(values.runs) } : {}),
    ...(values.faults === "none" ? { faults: [] } : {}),
  });
  const before = process.cpuUsage();
  const outcome = await new Simulation(
    options,
    values.trace ? { say: (line) => void process.stdout.write(`${line}\n`) } : {},
  ).run();
  const cpu = process.cpuUsage(before);
  process.stdout.write(
    `${JSON.stringify({ ...outcome }, null, 1)}\n${JSON.stringify(options)}\ncpu ms ${(cpu.user + cpu.system) / 1000} runs/s ${outcome.runs / ((cpu.user + cpu.system) / 1e6)} ${availableParallelism()}\n`,
  );
}
