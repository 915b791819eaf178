import { defineConfig } from 'vitest/config'
import { createSummaryReporter } from './support/summary-reporter.ts'

export default defineConfig({
  // graphql ships two copies of itself; Node takes one and Vite the other, and `instanceof GraphQLError` would fail.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', createSummaryReporter()],
  },
})
