import { defineConfig } from 'vitest/config'
import { createSummaryReporter } from './support/summary-reporter.ts'

const POSTGRES_ONLY = '**/postgres-*.test.ts'

export default defineConfig({
  // graphql ships two copies of itself; Node takes one and Vite the other, and `instanceof GraphQLError` would fail.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    root: import.meta.dirname,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default', createSummaryReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['**/*.test.ts'],
          exclude: [POSTGRES_ONLY],
          provide: { database: 'sqlite' },
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: [
            'features/**/*.test.ts',
            'contract/storage.test.ts',
            'contract/positions.test.ts',
            'contract/query-plans.test.ts',
            POSTGRES_ONLY,
          ],
          provide: { database: 'postgres' },
          // Only runs when tests of this project do.
          globalSetup: ['support/servers.ts'],
        },
      },
    ],
  },
})
