import { defineConfig } from "vitest/config";

/** The real programs as processes, one file after the other: they share the machine's cores. */
export default defineConfig({
  test: { include: ["test/e2e/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false },
});
