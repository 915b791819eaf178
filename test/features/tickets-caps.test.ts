import { expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const sam = agent('sam')

it('a number of unread messages says when there are more', async () => {
  const { tickets, open, say } = await openDesk({ unreadCap: 3 })
  await open('t1', 'ann')
  const ticket = { id: 't1' }
  const counts = async () => {
    const [activity] = await read(await tickets.followActivity(ann, {})).take(1)
    return [
      await tickets.unread(ann, ticket),
      await tickets.unreadCount(ann, ticket),
      activity?.unread,
      activity?.unreadCount,
    ]
  }
  for (let number = 1; number <= 3; number++) await say(sam, 't1', `${number}`)
  const exact = { count: 3, isCapped: false }
  expect(await counts()).toEqual([exact, 3, exact, 3])
  await say(sam, 't1', 'four')
  const capped = { count: 3, isCapped: true }
  expect(await counts()).toEqual([capped, 3, capped, 3])
  await tickets.markRead(ann, 't1', 1)
  expect(await counts()).toEqual([exact, 3, exact, 3])
})

it('the viewers of a ticket say when there are more, and customers sense nothing of how many of the staff there are', async () => {
  const { tickets, open } = await openDesk()
  const customers = Array.from({ length: 50 }, (_, index) => `c${index}`)
  await open('t1', 'ann', ...customers, 'last')
  const follow = async (who: typeof ann) => {
    const reader = read(await tickets.followPresence(who, 't1'))
    return async () => {
      const { change, viewers, isCapped } = await reader.next()
      return [change, viewers.length, isCapped]
    }
  }
  const enter = async (who: typeof ann) => read(await tickets.followMessages(who, `of ${who.userId}`, 't1', null))
  for (const id of customers) await enter(customer(id))
  const [forAnn, forSam] = [await follow(ann), await follow(sam)]
  expect(await forAnn()).toEqual(['PRESENT', 50, false])
  expect(await forSam()).toEqual(['PRESENT', 50, false])
  for (let index = 0; index < 50; index++) {
    await enter(agent(`s${index}`))
    expect(await forSam()).toEqual(['JOINED', 51 + index, false])
  }
  const another = await enter(agent('one too many'))
  expect(await forSam()).toEqual(['JOINED', 100, true])
  expect(await (await follow(ann))()).toEqual(['PRESENT', 50, false])
  const last = await enter(customer('last'))
  expect(await forAnn()).toEqual(['JOINED', 50, true])
  await another.stop()
  await last.stop()
  expect(await forAnn()).toEqual(['LEFT', 50, false])
})
