import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'

/** Where databases for tests are made. */
export interface PostgresHost {
  /** Of a role that may create databases. */
  readonly url: string
  /** An empty database with the schema, from which the others are copied. */
  readonly template: string
}

/** Connects to a database for as long as `use` takes. */
async function connected<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

function runOn(url: string, statement: string): Promise<void> {
  return connected(url, async (client) => {
    await client.query(statement)
  })
}

function urlOf(host: string, database: string): string {
  const url = new URL(host)
  url.pathname = `/${database}`
  return url.href
}

/** Makes the template on a server. */
export async function makeTemplate(url: string): Promise<PostgresHost> {
  const template = `herald_test_${randomBytes(8).toString('hex')}`
  await runOn(url, `CREATE DATABASE ${template}`)
  const storage = await openPostgresStorage({ url: urlOf(url, template) })
  // Each copy must get an epoch and an incarnation of its own when it is opened.
  await storage.write((tx) => sql`DELETE FROM meta WHERE key = 'epoch'`.execute(tx))
  await storage.write((tx) => sql`DELETE FROM incarnation`.execute(tx))
  await storage.close()
  return { url, template }
}

/** Removes the template and all databases that were copied from it. */
export function dropDatabases({ url, template }: PostgresHost): Promise<void> {
  return connected(url, async (client) => {
    const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [template])
    for (const { datname } of rows) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`)
  })
}

/** A database for a test. */
export interface TestDatabase {
  readonly url: string
  /** Takes everything out of it but the schema. Nobody may be connected to it. */
  empty(): Promise<void>
  /** Removes it; whoever is still connected to it is cut off. */
  drop(): Promise<void>
}

const EMPTY = `
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'
    LOOP EXECUTE 'DELETE FROM ' || quote_ident(name); END LOOP;
  END $$`

/** Makes an empty database. */
export async function makeDatabase({ url, template }: PostgresHost): Promise<TestDatabase> {
  const name = `${template}_${randomBytes(8).toString('hex')}`
  await runOn(url, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  const own = urlOf(url, name)
  return {
    url: own,
    empty: () => runOn(own, EMPTY),
    drop: () => runOn(url, `DROP DATABASE ${name} WITH (FORCE)`),
  }
}
