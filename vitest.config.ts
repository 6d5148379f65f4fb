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
    // Both of two cores: the default leaves one to the process that reports.
    maxWorkers: "100%",
  },
});
