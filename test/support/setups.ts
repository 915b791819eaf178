/** A way in which a product runs Herald; the tests in e2e/ run on each. */
export interface Setup {
  readonly name: string
  readonly database: 'sqlite' | 'postgres'
  /** The Redis between two nodes; without one, Herald is one process. */
  readonly redis?: 'single' | 'cluster'
  /** Whether tests open pages in a real browser. */
  readonly browser?: boolean
}

/** Embedded: what most of the tests are about that have nothing to do with servers. */
export const SQLITE: Setup = { name: 'sqlite', database: 'sqlite' }
export const POSTGRES: Setup = { name: 'postgres', database: 'postgres' }
/** All others. */
export const FURTHER_SETUPS: readonly Setup[] = [
  { name: 'sqlite-redis', database: 'sqlite', redis: 'single' },
  { name: 'postgres-redis', database: 'postgres', redis: 'single' },
  { name: 'postgres-cluster', database: 'postgres', redis: 'cluster' },
]
/** Attacks on Herald as it is started by default: on SQLite, unless a test is about Postgres, which has to be there. */
export const ATTACKS: Setup = { name: 'attacks', database: 'postgres' }
/** Pages in a real browser, served as Herald is started by default. */
export const BROWSER: Setup = { name: 'browser', database: 'sqlite', browser: true }
