import type { TestProject } from 'vitest/node'
import { dropTemplate, makeTemplate, type PostgresHost } from './postgres-databases.ts'
import { openPostgresServer } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The database behind `openStorage`. */
    readonly database: 'sqlite' | 'postgres'
    /** Only where `database` is `postgres`. */
    readonly postgres: PostgresHost
  }
}

/** One Postgres for all tests of a run: that of TEST_DATABASE_URL, or one that is started for it. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const url = process.env['TEST_DATABASE_URL']
  const server = url ? undefined : await openPostgresServer()
  const host = await makeTemplate(url ?? server?.url ?? '')
  provide('postgres', host)
  return async () => {
    await dropTemplate(host)
    await server?.close()
  }
}
