import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'vitest'
import { openTerm } from '../../src/storage/incarnation.ts'
import { nodeEnvironment } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'
import { acknowledge, begin, expectNext, follow, inDatabase, leave, openScene } from '../support/resume.ts'
import { copyOf, reload } from '../support/sqlite-copies.ts'

const redis = useRedis()

test('a database that goes back in time under two nodes, and shows it only to one who follows, expires what others come back with', async () => {
  const env = nodeEnvironment(redis.url())
  const file = join(env.DATA_DIR, 'herald.db')
  const [one, other] = [await openScene(env.DATA_DIR, env), await openScene(env.DATA_DIR, env)]
  await one.notify('kept')
  const copy = copyOf(file)
  const live = await begin(one, randomUUID())
  await one.notify('lost')
  await expectNext(live, 'lost')
  await acknowledge(live)
  const gone = await leave(one)
  // Their rows are as they were, as if nothing had been written by which nodes know the database.
  reload(file, copy, ['witnesses', 'incarnation'])
  await inDatabase(one, (tx) => openTerm(tx))

  await one.notify('in the place of what was lost')
  await one.notify('new')
  await expectNext(live, 'new', 'expired')
  const back = await follow(other, gone)
  await expectNext(back, 'new', 'expired')
})
