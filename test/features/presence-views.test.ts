import { expect, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { scopeKey } from '../../src/delivery/description.ts'
import { ada, agent, openScene, PRESENCE_GRACE_MS } from '../support/presence.ts'
import { read } from '../support/reader.ts'
import { viewer } from '../support/viewer.ts'

test('presence comes in the order of the ids, once per id given, and unknown users are offline', async () => {
  const scene = await openScene()
  await scene.connect('laptop', 'bob')
  const states = await scene.presence.presenceOf(ada, ['zoe', 'bob', 'ada', 'bob'])
  expect(states.map(({ userId, isOnline }) => [userId, isOnline])).toEqual([
    ['zoe', false],
    ['bob', true],
    ['ada', false],
    ['bob', true],
  ])
})

test('counts and times are for the user itself and for staff', async () => {
  const scene = await openScene()
  await scene.connect('laptop', 'bob')
  await scene.connect('tablet', 'ada')
  await scene.presence.leave('tablet')
  await scene.pass(PRESENCE_GRACE_MS)
  const details = async (who: Viewer) =>
    (await scene.presence.presenceOf(who, ['ada', 'bob'])).map((one) => [one.connectionCount, one.lastSeenAt !== null])
  expect(await details(ada)).toEqual([
    [0, true],
    [null, false],
  ])
  expect(await details(viewer('bob'))).toEqual([
    [null, false],
    [1, false],
  ])
  expect(await details(agent)).toEqual([
    [0, true],
    [1, false],
  ])
  expect(await scene.presence.connectionCount(viewer('bob'), 'bob')).toBe(1)
  expect(await scene.presence.connectionCount(viewer('shop', 'BACKEND'), 'bob')).toBe(1)
  await expect(scene.presence.connectionCount(ada, 'bob')).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

test('what a follower is told hides counts and times just as a query does', async () => {
  const scene = await openScene()
  const readers = await Promise.all(
    [ada, viewer('bob'), agent].map(async (who) => read(await scene.presence.follow(who, ['ada']))),
  )
  await Promise.all(readers.map((reader) => reader.next()))
  await scene.connect('laptop', 'ada')
  const states = await Promise.all(readers.map((reader) => reader.next()))
  expect(states.map(({ isOnline, connectionCount }) => [isOnline, connectionCount])).toEqual([
    [true, 1],
    [true, null],
    [true, 1],
  ])
  await scene.presence.leave('laptop')
  await scene.pass(PRESENCE_GRACE_MS)
  const gone = await Promise.all(readers.map((reader) => reader.next()))
  expect(gone.map(({ isOnline, lastSeenAt }) => [isOnline, lastSeenAt !== null])).toEqual([
    [false, true],
    [false, false],
    [false, true],
  ])
})

test('only viewers who see the same share results', async () => {
  const { presence } = await openScene()
  const scopeOf = async (who: Viewer) => scopeKey((await presence.follow(who, ['ada', 'bob'])).scope)
  expect(await scopeOf(viewer('cy'))).toBe(await scopeOf(viewer('dan')))
  expect(await scopeOf(agent)).toBe(await scopeOf(viewer('shop', 'BACKEND')))
  const scopes = await Promise.all([ada, viewer('bob'), viewer('cy'), agent].map(scopeOf))
  expect(new Set(scopes).size).toBe(4)
})

test('following gives each user at once, in the order of the ids, then the changes', async () => {
  const scene = await openScene()
  await scene.connect('laptop', 'bob')
  const reader = read(await scene.presence.follow(ada, ['ada', 'bob', 'ada']))
  expect(await reader.take(2)).toMatchObject([
    { userId: 'ada', isOnline: false },
    { userId: 'bob', isOnline: true },
  ])
  await scene.connect('phone', 'bob')
  await scene.connect('laptop-2', 'ada')
  expect(await reader.next()).toMatchObject({ userId: 'ada', isOnline: true })
})

test('a reader who is late gets the latest, and nothing when all is as it was', async () => {
  const scene = await openScene()
  const reader = read(await scene.presence.follow(agent, ['ada', 'bob']))
  await reader.take(2)
  await scene.connect('a', 'ada')
  await scene.presence.leave('a')
  await scene.pass(PRESENCE_GRACE_MS)
  await scene.connect('b', 'bob')
  expect(await reader.next()).toMatchObject({ userId: 'ada', isOnline: false })
  expect(await reader.next()).toMatchObject({ userId: 'bob', isOnline: true })
})

test.each([
  ['no ids', []],
  ['too many ids', Array.from({ length: 101 }, (_, index) => `user-${index}`)],
  ['an empty id', ['ada', '']],
])('%s cannot be asked for or followed', async (_, userIds) => {
  const { presence } = await openScene()
  await expect(presence.presenceOf(ada, userIds)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  await expect(presence.follow(ada, userIds)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
})
