import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openPostgresStorage } from '../../src/storage/postgres-storage.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import type { TokenRole } from '../support/app.ts'
import { type Attack, endure, expectEndured, startTarget, type Target } from '../support/attack.ts'
import { type BigUser, storeBigUser } from '../support/big-user.ts'
import { borrowDatabase } from '../support/databases.ts'
import { type Answers, count, openHostile, repeatedly } from '../support/hostile.ts'
import { post } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

// What is done for one who has much holds up nobody else.

const BIG: BigUser = { userId: 'big', notifications: 60_000, tickets: 3_000, messagesPerTicket: 10 }

/** Whoever wrote the messages has nothing unread, so all of it is looked through; other agents have nothing but that. */
const MANY_TICKETS: BigUser = { userId: 'big', notifications: 0, tickets: 10_001, messagesPerTicket: 1 }
const BIG_INBOX: BigUser = { userId: 'big', notifications: 100_000, tickets: 0, messagesPerTicket: 0 }
const DEVICES = 20

async function onSqlite(big: BigUser): Promise<Target> {
  const folder = tempFolder()
  const storage = await openSqliteStorage({ file: join(folder, 'herald.db'), synchronous: 'OFF' })
  await storeBigUser(storage, big)
  await storage.close()
  return startTarget({ DATA_DIR: folder })
}

async function onPostgres(big: BigUser): Promise<Target> {
  const url = await borrowDatabase()
  const storage = await openPostgresStorage({ url })
  await storeBigUser(storage, big)
  await storage.close()
  return startTarget({ DATABASE_URL: url })
}

async function ask({ url, token }: Target, who: 'big' | 'shop', query: string): Promise<unknown> {
  return post(url, await token(who, who === 'shop' ? 'backend' : 'customer'), query)
}

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

/** Begins a subscription on a socket of each token, again and again. */
async function beginAgain(
  { wsUrl }: Target,
  tokens: readonly string[],
  query: string,
  answers: Answers,
): Promise<Attack> {
  const sockets = tokens.map((token) => openHostile(wsUrl, token))
  for (const { opened } of sockets) expect(await opened).toBe('connected')
  return (isOver) =>
    repeatedly(sockets.length, isOver, async (place, turn) => {
      const { ws, run } = sockets[place]!
      count(answers, await run(`${turn}`, { query }))
      await pause(300)
      ws.send(JSON.stringify({ id: `${turn}`, type: 'complete' }))
    })
}

const FOLLOWERS: Readonly<Record<string, (n: number) => readonly [user: string, role: TokenRole]>> = {
  'twenty agents who have read nothing': (n) => [`agent-${n}`, 'agent'],
  'twenty devices of an agent who has read all': () => ['big', 'agent'],
  'twenty devices of a customer who has read all': () => ['big', 'customer'],
}

test.each(Object.entries(FOLLOWERS))('on SQLite, %s follow 10,001 tickets', { timeout: 120_000 }, async (_who, who) => {
  const herald = await onSqlite(MANY_TICKETS)
  const tokens = await Promise.all(Array.from({ length: DEVICES }, (_, n) => herald.token(...who(n))))
  const query = 'subscription { supportMessage { ticketId number unread { count } } }'
  const answers: Answers = new Map()
  expectEndured(await endure(herald, await beginAgain(herald, tokens, query, answers)))
  expect([...answers.keys()]).toEqual(['next'])
})

test('on SQLite, twenty devices go on from before 100,000 notifications were marked', {
  timeout: 120_000,
}, async () => {
  const herald = await onSqlite(BIG_INBOX)
  const token = await herald.token('big')
  const before = await post(herald.url, token, '{ notifications(first: 1) { resumeCursor } }')
  const { resumeCursor } = before['notifications'] as { readonly resumeCursor: string }
  expect(await post(herald.url, token, 'mutation { markAllAsRead { changed } }')).toEqual({
    markAllAsRead: { changed: BIG_INBOX.notifications },
  })
  const query = `subscription { notificationEvents(after: "${resumeCursor}") { __typename ... on NotificationsMarked { upToRevision } } }`
  const answers: Answers = new Map()
  const tokens = Array.from({ length: DEVICES }, () => token)
  expectEndured(await endure(herald, await beginAgain(herald, tokens, query, answers)))
  expect([...answers.keys()]).toEqual(['next'])
})
