import { dirname, resolve } from 'node:path'
import { defineConfig, type Plugin } from 'vitest/config'
import { ATTACKS, BROWSER, FURTHER_SETUPS, POSTGRES, type Setup, SQLITE } from './support/setups.ts'
import { createSummaryReporter } from './support/summary-reporter.ts'

// What V8 compiles is kept for the many processes of a run: most of a start is compiling.
process.env['NODE_COMPILE_CACHE'] ??= resolve(import.meta.dirname, '../node_modules/.cache/node')

const POSTGRES_ONLY = '**/postgres-*.test.ts'
/** What is timed, so that nothing else may run beside it. */
const ALONE = 'attacks/**/*.test.ts'
/** What needs a browser. */
const IN_BROWSER = 'browser/**/*.test.ts'
/** What runs on every set-up. */
const EVERYWHERE = 'e2e/**/*.test.ts'
/** What also runs on each kind of database. */
const ON_DATABASES = [
  'features/**/*.test.ts',
  'contract/histories.test.ts',
  'contract/storage.test.ts',
  'contract/node-lease.test.ts',
  'contract/checkpoints*.test.ts',
  'contract/query-plans.test.ts',
  'faults/held-up.test.ts',
  'faults/revocation.test.ts',
]

function project(setup: Setup, include: string[], exclude: string[] = []) {
  return {
    extends: true as const,
    test: { name: setup.name, include, exclude, provide: { setup } },
  }
}

/** One file after the other, and after all other projects. */
function alone<Project extends ReturnType<typeof project>>(one: Project) {
  return {
    ...one,
    test: { ...one.test, fileParallelism: false, sequence: { groupOrder: 1 } },
  }
}

/** Lets a test have the sources that it imports with `?apollo3` over Apollo Client 3, beside the same ones over version 4. */
const apollo3: Plugin = {
  name: 'apollo-3',
  enforce: 'pre',
  resolveId(source, importer = '') {
    if (!importer.endsWith('?apollo3')) return null
    if (source.startsWith('.')) return `${resolve(dirname(importer), source)}?apollo3`
    return this.resolve(source.replace(/^@apollo\/client(.*)/, 'apollo-client-3$1/index.js'), import.meta.filename)
  },
}

export default defineConfig({
  plugins: [apollo3],
  // graphql ships two copies of itself; Node takes one and Vite the other, and `instanceof GraphQLError` would fail.
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: 'graphql/index.js' },
      // Its sources, since a clone builds nothing.
      { find: /^@herald\/client$/, replacement: resolve(import.meta.dirname, '../packages/client/src/index.ts') },
      {
        find: /^@herald\/client\/(\w+)$/,
        replacement: resolve(import.meta.dirname, '../packages/client/src/$1/$1.ts'),
      },
    ],
  },
  test: {
    root: import.meta.dirname,
    // Much more than any test takes: how fast something is, is not what these find out.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // Many tests wait for something most of the time, so they share all cores.
    maxWorkers: '100%',
    // No module is replaced and none keeps what a test did, so a worker imports, and compiles, the service once.
    isolate: false,
    // Runs once, whatever the projects.
    globalSetup: ['support/servers.ts'],
    reporters: ['default', createSummaryReporter()],
    projects: [
      project(SQLITE, ['**/*.test.ts'], [POSTGRES_ONLY, ALONE, IN_BROWSER]),
      project(POSTGRES, [EVERYWHERE, ...ON_DATABASES, POSTGRES_ONLY]),
      ...FURTHER_SETUPS.map((setup) => project(setup, [EVERYWHERE])),
      project(BROWSER, [IN_BROWSER]),
      alone(project(ATTACKS, [ALONE])),
    ],
  },
})
