import { defineConfig } from "vitest/config";

/** The real programs as processes, and long simulations, one file after the other: they share the machine's cores. */
export default defineConfig({
  test: {
    include: ["test/e2e/**/*.test.ts", "test/simulation/long/**/*.test.ts", "test/limiter/long/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
