import type { Clock } from '../lib/clock.ts'
import { badInput } from '../lib/errors.ts'
import { characters } from '../lib/text.ts'
import { USER_ID } from '../lib/values.ts'
import type { Checkpoints } from '../resume/checkpoints.ts'
import type { Storage } from '../storage/storage.ts'
import { beginTasks, createRenewal, endTasks, type Tasks } from '../storage/tasks.ts'
import type { Erasure, Services } from './context.ts'

/** All parts that store something of a user. */
export interface EraseUserDeps extends Pick<Services, 'notifications' | 'tickets' | 'presence' | 'preferences'> {
  /** Erases a user from what is handed off to the backend. */
  readonly eraseHandOffs: (userId: string) => Promise<void>
  readonly storage: Storage
  readonly checkpoints: Checkpoints
  readonly clock: Clock
}

/** Accepts any text that earlier versions took as a user id, also one that today's rule refuses. Throws BAD_USER_INPUT for others. */
function requireAnyUserId(userId: string): string {
  const isAny = userId !== '' && characters(userId) <= USER_ID.max && userId.isWellFormed() && !userId.includes('\0')
  if (!isAny) throw badInput(`userId must be text of 1 to ${USER_ID.max} characters.`)
  return userId
}

/**
 * Returns the function that erases a user from every feature. It publishes each step to the user's devices, and closes their sockets at the
 * end. When it resolves, all that was stored of the user at the time of the call is gone.
 *
 * It works in many transactions, so that others do not wait for it: conversations first, then the inbox, then the rest. When the process
 * ends in the middle, another one goes on; calling it again does so, too.
 */
export function createEraseUser({
  storage,
  notifications,
  tickets,
  presence,
  preferences,
  checkpoints,
  eraseHandOffs,
  clock,
}: EraseUserDeps) {
  return async (named: string): Promise<Erasure> => {
    const userId = requireAnyUserId(named)
    const task: Tasks = { kind: 'erase', subjects: [userId] }
    await storage.write((tx) => beginTasks(tx, storage, task))
    const renew = createRenewal(storage, task)
    const messages = await tickets.erase(userId, renew)
    const inbox = await notifications.erase(userId, renew)
    // Behind the inbox: nothing of it can be handed off any more.
    await eraseHandOffs(userId)
    await storage.write(async (tx) => {
      await presence.erase(tx, userId)
      await preferences.erase(tx, userId)
      await checkpoints.erase(tx, userId)
    })
    await storage.write((tx) => endTasks(tx, task))
    await presence.endSessions(userId, 'This user was erased.')
    return { notifications: inbox, messages, at: clock.now() }
  }
}
