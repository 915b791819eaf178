import { expect, it } from 'vitest'
import type { Storage } from '../../src/storage/storage.ts'
import { customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')

it.each(['a user leaves it', 'it is deleted'])('who mutes a ticket holds up whoever takes it away: %s', async (how) => {
  const desk = await openDesk()
  const { tickets, storage, open } = desk
  await open('t1', 'ann')
  let ended: Promise<unknown> = Promise.resolve()
  /** Begins to take the ticket away when the mute is written, and not stored. Whoever is not held up is waited for. */
  const write: Storage['write'] = (work, stream) =>
    storage.write(async (tx) => {
      const result = await work(tx)
      ended = how === 'a user leaves it' ? tickets.upsert({ id: 't1', participants: [] }) : tickets.delete('t1')
      if (!(await storage.findHeld(['ticket:t1:staff'])).has('ticket:t1:staff')) await ended
      return result
    }, stream)
  const node = desk.node({ storage: { ...storage, write } })
  expect((await node.mute(ann, 't1', null)).mute?.isMuted).toBe(true)
  await ended
  expect(await storage.read((tx) => tx.selectFrom('ticket_mutes').selectAll().execute())).toEqual([])
})
