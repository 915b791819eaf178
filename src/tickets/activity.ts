import type { Viewer } from '../auth/viewer.ts'
import type { StateDescription, Update } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import { createTurnLimiter, type TakeTurn } from '../lib/limiter.ts'
import type { Limits } from '../lib/limits.ts'
import type { Storage } from '../storage/storage.ts'
import { type ActivityLine, createReadLines } from './activity-line.ts'
import { type ActivityFilter, belongingOf, readSnapshot } from './activity-snapshot.ts'
import { audienceOf } from './audience.ts'
import { type ActivityInvalidation, STAFF_ACTIVITY, userActivityTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly clock: Clock
  readonly limits: Limits
}

/** Where a line stands in the snapshot of a list of tickets. */
export interface SnapshotPlace {
  /** 1, 2, 3 …; the first line replaces all that was delivered before. */
  readonly place: number
  /** How many lines the snapshot has. */
  readonly lines: number
  /** The snapshot does not reach down to the oldest ticket. */
  readonly isCapped: boolean
}

/** What happened to a ticket in the list of a viewer. It has no text of messages. */
export interface TicketActivity extends ActivityLine {
  readonly change: 'SNAPSHOT' | 'ENTERED' | 'CHANGED' | 'LEFT'
  readonly snapshot: SnapshotPlace | null
}

/** Lines of a snapshot that are read together before other work has its turn. */
const LINES_PER_TURN = 10
/** Reads for snapshots in each turn of the event loop. Each is a page, or so many lines. */
const READS_PER_LOOP = 2

/** What an invalidation means for the list of a subscriber. */
type Effect = 'entered' | 'changed' | 'nothing'

function createEffectOf(viewer: Viewer, filter: ActivityFilter) {
  return ({ audience, assigneeId, previousAssigneeId, isNew = false }: ActivityInvalidation): Effect => {
    if (audience !== audienceOf(viewer)) return 'nothing'
    if (belongingOf(viewer, filter) !== 'assignee') return isNew ? 'entered' : 'changed'
    const wasMine = previousAssigneeId === viewer.userId
    if (assigneeId !== viewer.userId) return wasMine ? 'changed' : 'nothing'
    return isNew || (previousAssigneeId !== undefined && !wasMine) ? 'entered' : 'changed'
  }
}

/** The lines that a reader has yet to get of a snapshot. Which place a line has is known only when it is delivered. */
function createSnapshotProgress() {
  const waiting = new Set<string>()
  let lines = 0
  let isCapped = false

  return {
    isWaiting: (ticketId: string): boolean => waiting.has(ticketId),
    begin: (ticketIds: readonly string[], capped: boolean): void => {
      waiting.clear()
      for (const id of ticketIds) waiting.add(id)
      lines = waiting.size
      isCapped = capped
    },
    /** The place of a line that is delivered now. Null when the snapshot has no line of this ticket, or it was delivered already. */
    take: (ticketId: string): SnapshotPlace | null =>
      waiting.delete(ticketId) ? { place: lines - waiting.size, lines, isCapped } : null,
    /** The tickets of the next lines, at most `count`, in the order of delivery. */
    next: (count: number): readonly string[] => [...waiting.values().take(count)],
  }
}

type ReadSome = (ids: readonly string[]) => Promise<readonly ActivityLine[]>

/**
 * Reads the lines of a snapshot some at a time, a few ahead of the reader. A ticket that changes meanwhile is read by itself when its turn
 * comes, because what was read ahead may be older than the invalidation.
 */
function createAhead(progress: ReturnType<typeof createSnapshotProgress>, takeTurn: TakeTurn, readLines: ReadSome) {
  const ahead = new Map<string, ActivityLine>()
  const invalidated = new Set<string>()
  return {
    begin: (): void => {
      ahead.clear()
      invalidated.clear()
    },
    invalidate: (ticketId: string): void => {
      if (progress.isWaiting(ticketId)) invalidated.add(ticketId)
    },
    /** Reads a line when the reader takes it, so that a slow reader causes less work. */
    read: async (ticketId: string): Promise<ActivityLine> => {
      const isAhead = (): boolean => ahead.has(ticketId) || invalidated.has(ticketId)
      if (progress.isWaiting(ticketId) && !isAhead()) {
        await takeTurn()
        const ids = new Set([ticketId, ...progress.next(LINES_PER_TURN)])
        for (const line of await readLines([...ids])) ahead.set(line.ticketId, line)
      }
      const line = invalidated.delete(ticketId) ? undefined : ahead.get(ticketId)
      ahead.delete(ticketId)
      if (line) return line
      const [own] = await readLines([ticketId])
      if (!own) throw new Error('A ticket has no line')
      return own
    },
  }
}

/** Creates `Tickets.followActivity`: a snapshot of the viewer's list of tickets, and then each change of the list. */
export function createFollowActivity({ storage, clock, limits }: Deps) {
  const takeTurn = createTurnLimiter(READS_PER_LOOP)
  const readLines = createReadLines(storage, clock, limits.unreadCap)

  return (viewer: Viewer, filter: ActivityFilter): StateDescription<ActivityInvalidation, TicketActivity> => {
    const effectOf = createEffectOf(viewer, filter)
    const own = userActivityTopic(viewer.userId)

    /** Tickets in which the reader sees something unread, as far as was delivered. */
    const unread = new Set<string>()
    /** Tickets that are new to the list, which the reader does not know yet. */
    const entered = new Set<string>()
    const progress = createSnapshotProgress()
    const ahead = createAhead(progress, takeTurn, (ids) => readLines(viewer, filter, ids))

    const toActivity = (line: ActivityLine): TicketActivity => {
      const { ticketId, ticket } = line
      if (line.unreadCount > 0) unread.add(ticketId)
      else unread.delete(ticketId)
      const snapshot = progress.take(ticketId)
      const isNew = entered.delete(ticketId)
      if (!ticket) return { ...line, change: 'LEFT', snapshot }
      return { ...line, change: snapshot ? 'SNAPSHOT' : isNew ? 'ENTERED' : 'CHANGED', snapshot }
    }

    const update = (ticketId: string): Update<TicketActivity> => ({
      key: ticketId,
      value: async () => toActivity(await ahead.read(ticketId)),
    })

    return {
      kind: 'state',
      source: `activity:${audienceOf(viewer)}:${filter.assignedToMe === true}`,
      scope: { user: viewer.userId },
      topics: audienceOf(viewer) === 'staff' ? [STAFF_ACTIVITY, own] : [own],
      load: async () => {
        const { ticketIds, isCapped } = await readSnapshot(storage, viewer, filter, takeTurn)
        // After a gap there are also lines of tickets that the reader sees as unread: they may have been read elsewhere.
        const known = new Set(ticketIds)
        const all = [...[...unread].filter((id) => !known.has(id)), ...ticketIds]
        progress.begin(all, isCapped)
        ahead.begin()
        return all.map(update)
      },
      take: (invalidation) => {
        const effect = effectOf(invalidation)
        if (effect !== 'nothing') ahead.invalidate(invalidation.ticketId)
        if (effect === 'entered') entered.add(invalidation.ticketId)
        return effect === 'nothing' ? [] : [update(invalidation.ticketId)]
      },
    }
  }
}
