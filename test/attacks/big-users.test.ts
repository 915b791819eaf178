import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import { type Attack, endure, expectEndured, startTarget, type Target } from '../support/attack.ts'
import { type BigUser, storeBigUser } from '../support/big-user.ts'
import { borrowDatabase } from '../support/databases.ts'
import { post } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

// What is done for one who has much holds up nobody else.

const BIG: BigUser = { userId: 'big', notifications: 60_000, tickets: 3_000, messagesPerTicket: 10 }

const onSqlite = async (big: BigUser): Promise<Target> => {
  const folder = tempFolder()
  const storage = await openSqliteStorage({ file: join(folder, 'herald.db'), synchronous: 'OFF' })
  await storeBigUser(storage, big)
  await storage.close()
  return startTarget({ DATA_DIR: folder })
}

const onPostgres = async (big: BigUser): Promise<Target> => {
  const url = await borrowDatabase()
  const storage = await openPostgresStorage({ url })
  await storeBigUser(storage, big)
  await storage.close()
  return startTarget({ DATABASE_URL: url })
}

const ask = async ({ url, token }: Target, who: 'big' | 'shop', query: string): Promise<unknown> =>
  post(url, await token(who, who === 'shop' ? 'backend' : 'customer'), query)

const WORK: Readonly<Record<string, (herald: Target) => Attack>> = {
  'erasing a user': (herald) => async () => {
    expect(await ask(herald, 'shop', 'mutation { eraseUser(userId: "big") { notifications messages } }')).toEqual({
      eraseUser: { notifications: BIG.notifications, messages: BIG.tickets * BIG.messagesPerTicket },
    })
  },
  'marking a whole inbox as read, and as read again': (herald) => async () => {
    for (let n = 0; n < 2; n += 1) {
      await ask(herald, 'big', 'mutation { markAllAsRead { changed } }')
      await ask(herald, 'big', '{ notifications(first: 100) { nodes { id } unread { count } } }')
    }
  },
}

test.each(Object.entries(WORK))('on SQLite, %s', { timeout: 120_000 }, async (_what, attack) => {
  const herald = await onSqlite(BIG)
  expectEndured(await endure(herald, attack(herald)))
})

test.each(Object.entries(WORK))('on Postgres, %s', { timeout: 120_000 }, async (_what, attack) => {
  const herald = await onPostgres(BIG)
  expectEndured(await endure(herald, attack(herald)))
})
