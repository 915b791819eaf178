import { defineConfig } from 'vitest/config'
import { FURTHER_SETUPS, POSTGRES, type Setup, SQLITE } from './support/setups.ts'
import { createSummaryReporter } from './support/summary-reporter.ts'

const POSTGRES_ONLY = '**/postgres-*.test.ts'
/** What runs on every set-up. */
const EVERYWHERE = 'e2e/**/*.test.ts'
/** What also runs on each kind of database. */
const ON_DATABASES = [
  'features/**/*.test.ts',
  'contract/histories.test.ts',
  'contract/storage.test.ts',
  'contract/node-lease.test.ts',
  'contract/positions*.test.ts',
  'contract/query-plans.test.ts',
]

const project = (setup: Setup, include: string[], exclude: string[] = []) => ({
  extends: true as const,
  test: { name: setup.name, include, exclude, provide: { setup } },
})

export default defineConfig({
  // graphql ships two copies of itself; Node takes one and Vite the other, and `instanceof GraphQLError` would fail.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    root: import.meta.dirname,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Runs once, whatever the projects.
    globalSetup: ['support/servers.ts'],
    reporters: ['default', createSummaryReporter()],
    projects: [
      project(SQLITE, ['**/*.test.ts'], [POSTGRES_ONLY]),
      project(POSTGRES, [EVERYWHERE, ...ON_DATABASES, POSTGRES_ONLY]),
      ...FURTHER_SETUPS.map((setup) => project(setup, [EVERYWHERE])),
    ],
  },
})
