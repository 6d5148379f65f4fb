import { defineConfig } from "vitest/config";

const bounds = { testTimeout: 120_000, hookTimeout: 120_000 };
/** On virtual time: what runs beside them changes nothing, so they have all cores, before the others begin. */
const virtual = ["test/e2e/plan-week.test.ts", "test/simulation/long/**/*.test.ts", "test/limiter/long/**/*.test.ts"];

/** The real programs as processes, one file after the other since they share the machine's cores; before them, long simulations. */
export default defineConfig({
  test: {
    projects: [
      { test: { ...bounds, name: "virtual", include: virtual, maxWorkers: "100%", sequence: { groupOrder: 1 } } },
      {
        test: {
          ...bounds,
          name: "real",
          include: ["test/e2e/**/*.test.ts"],
          exclude: virtual,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
