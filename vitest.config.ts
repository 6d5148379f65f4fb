import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: [
      ...[
        "test/simulation/long/**",
        "test/limiter/long/**",
        "test/integration/**",
        "test/e2e/**",
        "test/infra/**",
        "test/bench/**",
      ],
      "node_modules/**",
    ],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    sequence: { shuffle: true },
    // Modules are loaded once for a worker, not once for a file: half of the suite's time. What a file changes for its whole
    // process it takes back (test/tidy/shared-process.ts).
    isolate: false,
    // Both of two cores: the default leaves one to the process that reports.
    maxWorkers: "100%",
  },
});
