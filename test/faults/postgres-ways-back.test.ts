import pg from 'pg'
import { describe, inject, onTestFinished, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { succeed } from '../support/backups.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { makeDatabase } from '../support/postgres-databases.ts'
import { openPostgresServer } from '../support/postgres-server.ts'
import { openProxy } from '../support/proxy.ts'
import { useRedis } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'
import { followEverywhere } from '../support/ways-back.ts'
import { INBOX, TICKET } from '../support/ways-back-places.ts'
import { expectAllExpired, type SetBack, setBackWhileStopped } from '../support/ways-back-stopped.ts'

const redis = useRedis()

const TABLES = `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`

/** Copies the kept rows of the table `name`, as a dump does: without what Postgres computes. */
const COPY = `EXECUTE (
    SELECT format('INSERT INTO public.%1$I (%2$s) SELECT %2$s FROM kept.%1$I', name, string_agg(quote_ident(column_name), ', '))
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name = name AND is_generated = 'NEVER'
  );`

/** What a dump keeps. */
const KEEP = `DO $$ DECLARE name text; BEGIN
  CREATE SCHEMA kept;
  FOR name IN ${TABLES} LOOP EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name); END LOOP;
END $$`

/** All rows anew, as a data-only dump is restored. */
const RELOAD = `DO $$ DECLARE name text; BEGIN
  FOR name IN ${TABLES} LOOP
    EXECUTE format('DELETE FROM public.%I', name);
    ${COPY}
  END LOOP;
END $$`

/** All tables anew, as `pg_restore --clean --single-transaction` makes them. */
const REPLACE = `DO $$ DECLARE name text; seen text; BEGIN
  SELECT pg_get_viewdef('incarnation_now') INTO seen;
  DROP VIEW incarnation_now;
  CREATE SCHEMA anew;
  FOR name IN ${TABLES} LOOP
    EXECUTE format('CREATE TABLE anew.%I (LIKE public.%I INCLUDING ALL)', name, name);
    EXECUTE format('DROP TABLE public.%I', name);
    EXECUTE format('ALTER TABLE anew.%I SET SCHEMA public', name);
    ${COPY}
  END LOOP;
  EXECUTE 'CREATE VIEW incarnation_now AS ' || seen;
END $$`

async function openClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  // The server may be ended before the test is.
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end().catch(() => {}))
  return client
}

async function openDatabase(): Promise<string> {
  const { url, drop } = await makeDatabase(inject('postgres'))
  onTestFinished(drop)
  return url
}

async function openServer() {
  const server = await openPostgresServer()
  onTestFinished(server.close)
  return server
}

async function startTwo(url: string) {
  const env = { ...nodeEnvironment(redis.url()), DATABASE_URL: url, DATABASE_POOL_SIZE: '4' }
  return { env, nodes: [await startTestApp({ env }), await startTestApp({ env })] satisfies TestApp[] }
}

/** Two nodes at least have written since now by what they know the database. */
async function untilWitnessed(database: pg.Client): Promise<void> {
  const counts = async (): Promise<ReadonlyMap<string, number>> =>
    new Map(
      (await database.query('SELECT node, count FROM witnesses')).rows.map(({ node, count }) => [node, Number(count)]),
    )
  const before = await counts()
  const isNew = ([node, count]: readonly [string, number]): boolean => count > (before.get(node) ?? 0) + 1
  await until(async () => [...(await counts())].filter(isNew).length >= 2)
}

describe('Postgres that goes back in time under two nodes, and takes 20 writes before anybody looks,', () => {
  test.each([
    ['by a reload of its rows', RELOAD, INBOX],
    ['by a reload of its rows, those of a ticket', RELOAD, TICKET],
    ['by other tables in the place of its own', REPLACE, INBOX],
  ])('%s, expires what was lost, and all are told', { timeout: 60_000 }, async (_, setBack, place) => {
    const url = await openDatabase()
    const { nodes } = await startTwo(url)
    const database = await openClient(url)
    const keep = async (): Promise<void> => {
      await untilWitnessed(database)
      await database.query(KEEP)
    }
    const user = await followEverywhere(nodes, keep, place)
    await untilWitnessed(database)
    await database.query(setBack)
    await user.send(20)
    await user.expectTold(30)
  })

  test('by a promoted standby that lacks the last writes, expires what was lost, and all are told', {
    timeout: 120_000,
  }, async () => {
    const primary = await openServer()
    let port = Number(new URL(primary.url).port)
    const network = await openProxy(() => port)
    const { nodes } = await startTwo(primary.url.replace(`:${port}`, `:${network.port}`))
    const database = await openClient(primary.url)
    const fork = Promise.withResolvers<Awaited<ReturnType<typeof openServer>>>()
    const user = await followEverywhere(nodes, async () => {
      await untilWitnessed(database)
      const standby = await primary.fork()
      onTestFinished(standby.close)
      fork.resolve(standby)
    })
    port = Number(new URL((await fork.promise).url).port)
    network.reset()
    await user.send(20)
    await user.expectTold(30)
  })
})

describe.each([
  ['two nodes with Redis', 2],
  ['one node without Redis', 1],
])(
  'Postgres that goes back in time while all of %s are stopped, and takes 20 writes before anybody looks,',
  (_, count) => {
    const setBackDatabase = async (statements: string, hasRenewed: boolean): Promise<SetBack> => {
      const url = await openDatabase()
      const database = await openClient(url)
      const { REDIS_URL, REDIS_PREFIX } = nodeEnvironment(redis.url())
      const env = { DATABASE_URL: url, DATABASE_POOL_SIZE: '4', ...(count > 1 && { REDIS_URL, REDIS_PREFIX }) }
      return setBackWhileStopped({
        start: async () => {
          const nodes: TestApp[] = []
          for (let node = 0; node < count; node += 1)
            nodes.push(await startTestApp({ env: { ...env, DATA_DIR: tempFolder() } }))
          return nodes
        },
        keep: () => database.query(KEEP),
        setBack: async () => {
          await database.query(statements)
          if (hasRenewed) await succeed(['restore', '--renew'], { DATABASE_URL: url })
        },
      })
    }

    test.each([
      ['by other tables in the place of its own', REPLACE, false],
      ['by a reload of its rows with herald restore --renew', RELOAD, true],
    ])('%s, expires all of before, also what screens still show', async (_, statements, hasRenewed) => {
      await expectAllExpired(await setBackDatabase(statements, hasRenewed))
    })
  },
)

describe('Postgres that lost nothing tells nobody anything,', () => {
  test('when it is restarted', { timeout: 60_000 }, async () => {
    const server = await openServer()
    const { nodes } = await startTwo(server.url)
    const user = await followEverywhere(nodes)
    await server.kill('INT')
    await server.start()
    await user.send(20)
    await untilWitnessed(await openClient(server.url))
    await user.expectUntold()
  })

  test('when a standby that has everything is promoted', { timeout: 120_000 }, async () => {
    const primary = await openServer()
    let port = Number(new URL(primary.url).port)
    const network = await openProxy(() => port)
    const { nodes } = await startTwo(primary.url.replace(`:${port}`, `:${network.port}`))
    const user = await followEverywhere(nodes)
    const release = await network.refuse()
    const standby = await primary.fork()
    onTestFinished(standby.close)
    port = Number(new URL(standby.url).port)
    await release()
    await user.send(20)
    await untilWitnessed(await openClient(standby.url))
    await user.expectUntold()
  })

  test('when a node starts again', { timeout: 60_000 }, async () => {
    const url = await openDatabase()
    const { env, nodes } = await startTwo(url)
    const user = await followEverywhere(nodes)
    const third = await startTestApp({ env })
    await third.close()
    await startTestApp({ env })
    await user.send(20)
    await untilWitnessed(await openClient(url))
    await user.expectUntold()
  })
})
