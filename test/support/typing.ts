import type { Viewer } from '../../src/auth/viewer.ts'
import type { Visibility } from '../../src/tickets/audience.ts'
import { read } from './reader.ts'
import { openDesk } from './tickets.ts'

/** Opens a desk with the ticket `t1` of ann and bob, where it can be typed and seen who does. */
export async function openTyping() {
  const desk = await openDesk()
  const { tickets, open } = desk
  await open('t1', 'ann', 'bob')
  const set =
    (isTyping: boolean) =>
    (who: Viewer, connectionId: string, visibility: Visibility = 'PUBLIC', ticketId = 't1') =>
      tickets.setTyping(who, connectionId, { ticketId, isTyping, visibility })
  const [starts, stops] = [set(true), set(false)]
  const follow = async (who: Viewer) => {
    const reader = read(await tickets.followTyping(who, 't1'))
    return {
      ...reader,
      /** Who starts (+) or stops (-), in short. */
      told: async (count: number) =>
        (await reader.take(count)).map(({ user, isTyping }) => `${isTyping ? '+' : '-'}${user.id}`),
    }
  }
  return { ...desk, starts, stops, follow }
}
