import type { Positions } from './delivery/positions.ts'
import type { Erasure, Services } from './graphql/context.ts'
import type { Clock } from './lib/clock.ts'
import { badInput } from './lib/errors.ts'
import { characters } from './lib/text.ts'
import { USER_ID } from './lib/values.ts'
import type { Storage } from './storage/storage.ts'

/** All that keeps something of a user. */
export interface EraseUserDeps extends Pick<Services, 'notifications' | 'tickets' | 'presence'> {
  readonly storage: Storage
  readonly positions: Positions
  readonly clock: Clock
}

/** Any text that earlier versions took as a user id, also one that the rule for user ids refuses. Throws BAD_USER_INPUT. */
const requireAnyUserId = (userId: string): string => {
  const isAny = userId !== '' && characters(userId) <= USER_ID.max && userId.isWellFormed() && !userId.includes('\0')
  if (!isAny) throw badInput(`userId must be text of 1 to ${USER_ID.max} characters.`)
  return userId
}

/** Removes a user from every feature in one transaction, then tells their devices and closes their sockets. */
export const createEraseUser =
  ({ storage, notifications, tickets, presence, positions, clock }: EraseUserDeps) =>
  async (named: string): Promise<Erasure> => {
    const userId = requireAnyUserId(named)
    const [inbox, messages] = await storage.write(async (tx) => {
      await presence.erase(tx, userId)
      const erased = [await notifications.erase(tx, userId), await tickets.erase(tx, userId)] as const
      // Last: what is in Redis does not come back when the transaction fails.
      await positions.erase(tx, userId)
      return erased
    })
    inbox.tell()
    messages.tell()
    await presence.endSessions(userId, 'This user was erased.')
    return { notifications: inbox.count, messages: messages.count, at: clock.now() }
  }
