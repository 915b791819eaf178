import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Attack, endure, expectEndured, startTarget, type Target } from '../support/attack.ts'
import { type Answers, count, type HostileSocket, openHostile, openPoster, repeatedly } from '../support/hostile.ts'

// Many who ask in one moment are served one after the other, and whoever is told something meanwhile does not wait for all of them.

const USERS = 200
const LIST = '{ notifications(first: 20) { nodes { id title body } unread { count } } }'
const LIVE = ['unreadCount { count }', 'notificationAdded { id }', 'supportMessage { ticketId }']
const ANNOUNCE = 'mutation { announce(input: { notification: { type: "a.b", title: "To all" } }) { notificationId } }'

function tokensOf({ token }: Target): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: USERS }, (_, n) => token(`user-${n}`)))
}

/** Does something that many do at once, with a pause in between. */
function again(act: () => Promise<unknown>): Attack {
  return (isOver) =>
    repeatedly(1, isOver, async () => {
      await act()
      await pause(250)
    })
}

test('everybody lists their inbox right after an announcement', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const shop = openPoster(herald.url, 1, await herald.token('shop', 'backend'))
  const lists = (await tokensOf(herald)).map((token) => openPoster(herald.url, 1, token))
  const answers: Answers = new Map()
  const listAll = (): Promise<unknown> =>
    Promise.all(lists.map(async (list) => count(answers, await list(JSON.stringify({ query: LIST })))))
  await listAll()
  const endured = await endure(
    herald,
    again(async () => {
      count(answers, await shop(JSON.stringify({ query: ANNOUNCE })))
      await listAll()
    }),
  )
  expectEndured(endured)
  expect([...answers.keys()]).toEqual(['200'])
})

test('everybody begins all that a page follows at once, and lists their inbox', { timeout: 120_000 }, async () => {
  const herald = await startTarget()
  const sockets: HostileSocket[] = []
  for (const token of await tokensOf(herald)) {
    const socket = openHostile(herald.wsUrl, token)
    expect(await socket.opened).toBe('connected')
    sockets.push(socket)
  }
  const answers: Answers = new Map()
  let turn = 0
  const beginAll = (): Promise<unknown> => {
    turn += 1
    const ids = LIVE.map((_, n) => `${turn}-${n}`)
    return Promise.all(
      sockets.map(async ({ ws, run }) => {
        for (const [n, id] of ids.entries()) {
          ws.send(JSON.stringify({ id, type: 'subscribe', payload: { query: `subscription { ${LIVE[n]} }` } }))
        }
        count(answers, await run(`${turn}`, { query: LIST }))
        for (const id of ids) ws.send(JSON.stringify({ id, type: 'complete' }))
      }),
    )
  }
  await beginAll()
  expectEndured(await endure(herald, again(beginAll)))
  expect([...answers.keys()]).toEqual(['next'])
})
