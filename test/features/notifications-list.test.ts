import { describe, expect, test } from 'vitest'
import { ann, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'

describe('the list', () => {
  test('turns pages from the newest to the oldest', async () => {
    const { notifications, send } = await openScene()
    for (const title of ['1', '2', '3', '4', '5']) await send('ann', { title })
    const page = async (after?: string | null) => {
      const { edges, nodes, pageInfo } = await notifications.list(ann, { first: 2, after })
      expect(edges.map(({ node }) => node)).toEqual(nodes)
      expect(pageInfo).toMatchObject({ startCursor: edges[0]?.cursor, endCursor: edges.at(-1)?.cursor })
      return { titles: nodes.map(({ title }) => title), ...pageInfo }
    }
    const first = await page()
    expect(first).toMatchObject({ titles: ['5', '4'], hasNextPage: true, hasPreviousPage: false })
    const second = await page(first.endCursor)
    expect(second).toMatchObject({ titles: ['3', '2'], hasNextPage: true, hasPreviousPage: true })
    await send('ann', { title: '6' })
    expect(await page(second.endCursor)).toMatchObject({ titles: ['1'], hasNextPage: false, hasPreviousPage: true })
  })

  test('is empty, and can be followed, before anything was sent', async () => {
    const { notifications, send } = await openScene()
    const { resumeCursor, ...page } = await notifications.list(ann, { first: 20 })
    expect(page).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      unread: { count: 0, isCapped: false, byCategory: [], revision: 0 },
    })
    const id = await send('ann')
    expect(await read(await notifications.followAdded(ann, resumeCursor)).next()).toMatchObject({ id })
  })

  test('filters', async () => {
    const { notifications, send } = await openScene()
    const a = await send('ann', { type: 'a.x' })
    const b = await send('ann', { type: 'b.x' })
    const c = await send('ann', { type: 'b.y', priority: 'HIGH' })
    await notifications.mark(ann, 'READ', [a])
    await notifications.mark(ann, 'ARCHIVED', [b])
    const list = async (filter: object | null) =>
      (await notifications.list(ann, { first: 20, filter })).nodes.map(({ id }) => id)
    expect(await list(null)).toEqual([c, a])
    expect(await list({ read: true })).toEqual([a])
    expect(await list({ read: false })).toEqual([c])
    expect(await list({ read: null })).toEqual([c, a])
    expect(await list({ seen: true })).toEqual([a])
    expect(await list({ seen: false, archived: null })).toEqual([c, b])
    expect(await list({ archived: true })).toEqual([b])
    expect(await list({ archived: null })).toEqual([c, b, a])
    expect(await list({ archived: null, categories: ['b'] })).toEqual([c, b])
    expect(await list({ types: ['b.y', 'a.x'] })).toEqual([c, a])
    expect(await list({ priorities: ['HIGH'] })).toEqual([c])
    expect(await list({ priorities: ['NORMAL', 'HIGH'], archived: null })).toEqual([c, b, a])
    await expect(list({ priorities: [] })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  test('shows nobody else’s notifications', async () => {
    const { send, ids } = await openScene()
    await send('ann')
    expect(await ids('bob')).toEqual([])
  })

  test('says the badge and the cursor of the same moment', async () => {
    const { notifications, send } = await openScene()
    await send('ann')
    await send('ann')
    const { unread, resumeCursor } = await notifications.list(ann, { first: 1 })
    expect(unread).toMatchObject({ count: 2, revision: 2 })
    const feed = read(await notifications.followAdded(ann, resumeCursor))
    const id = await send('ann')
    expect(await feed.next()).toMatchObject({ id })
  })
})
