import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import { HeldError, WITHOUT_WAITING } from '../storage/held.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type DueItem, findDue, findInInboxes, type ItemKind, postpone, takeItems } from './due-items.ts'
import type { EventQueue } from './event-queue.ts'
import { createItemReaders, type ItemSource, type ItemState, isWanted, needs, type Online } from './item-states.ts'
import { findQuiet, holdQuiet, type QuietItems } from './quiet-items.ts'

export interface HandOffStepDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly queue: EventQueue
  readonly sources: Readonly<Record<ItemKind, ItemSource>>
  /** Whether users are online. Rejects while that is not known. */
  readonly areOnline: (userIds: readonly string[]) => Promise<ReadonlySet<string>>
  /** Counts the events that are made, by kind. */
  readonly due: Counter
}

/** Items that one step begins with, so that it holds up nobody. */
const DUE_PER_STEP = 25
/** Items that one step looks at, those that go with others included. */
const ITEMS_PER_STEP = 1_000
/** When it is not known who is online, items that depend on it are due again after this, in milliseconds. */
const POSTPONED_MS = 15_000
const LOCK = 'herald hand-off'

/** What a step will do. */
interface Plan {
  /** The items to take: those that are due, and those that go with them. */
  readonly taken: readonly DueItem[]
  /** The items that are to be looked at again, by the time when. */
  readonly postponed: ReadonlyMap<number, readonly DueItem[]>
  /** The items that wait for the end of quiet hours. */
  readonly held: QuietItems
  readonly online: Online
  /** The moment for which this was decided. The events say it, too, however late they are stored. */
  readonly now: number
}

/** By user: until when what is in the inbox goes with what is due. */
function windowsOf(due: readonly DueItem[], now: number): ReadonlyMap<string, number> {
  const windows = new Map<string, number>()
  for (const { userId, kind, windowMs } of due) {
    if (kind === 'inbox') windows.set(userId, Math.max(windows.get(userId) ?? now, now + windowMs))
  }
  return windows
}

/**
 * Of as many items as one step looks at, in the order of users, those of users of whom there are no others: a user of whom some are left
 * out has a step of its own, so that all go into one event.
 */
function withoutCut(found: readonly DueItem[]): readonly DueItem[] {
  if (found.length < ITEMS_PER_STEP) return found
  const whole = found.filter(({ userId }) => userId !== found.at(-1)?.userId)
  return whole.length > 0 ? whole : found
}

/** What a step has found. */
interface Looked {
  readonly items: readonly DueItem[]
  readonly states: ReadonlyMap<DueItem, ItemState>
  readonly quiet: QuietItems
  readonly online: Online
  readonly now: number
}

/** Decides what becomes of each item that was found. */
function decide({ items, states, quiet, online, now }: Looked): Plan {
  const isKnown = (item: DueItem): boolean => online !== undefined || !needs(item, 'ONLINE')
  const isDue = ({ dueAt }: DueItem): boolean => dueAt <= now
  const wanted = items.filter((item) => isKnown(item) && isWanted(item, states.get(item), online))
  // What an item was stored for may have been read, and what came after that has its time, too.
  const later = new Map(
    wanted.flatMap((item) => {
      const dueAt = (states.get(item)?.since ?? 0) + item.windowMs
      return dueAt > now && isDue(item) ? [[item, dueAt] as const] : []
    }),
  )
  for (const item of items) if (isDue(item) && !isKnown(item) && !quiet.has(item)) later.set(item, now + POSTPONED_MS)
  const telling = new Set(wanted.filter((item) => isDue(item) && !later.has(item)))
  const held = new Map([...quiet].filter(([item]) => telling.has(item) || (isDue(item) && !isKnown(item))))
  const due = items.filter((item) => isDue(item) && !later.has(item) && !held.has(item))
  // Only with something that is told now a window is over. In quiet hours only what is urgent goes with what is urgent.
  const told = due.filter((item) => telling.has(item))
  const windows = windowsOf(told, now)
  const along = wanted.filter(
    (item) => !isDue(item) && !quiet.has(item) && item.dueAt <= (windows.get(item.userId) ?? now),
  )
  const postponed = Map.groupBy(later.keys(), (item) => later.get(item) ?? now)
  return { taken: [...due, ...along], postponed, held, online, now }
}

/**
 * Creates the step that hands off what is due. What was seen before is dropped. Of each user whose inbox has something that is due, what
 * would be due within the window of that goes into the same event, so that the user gets one mail rather than five. A step takes some items,
 * and one node at a time does it. Resolves to how many items; undefined: nothing is due, or another node is at it.
 */
export function createHandOffStep({ storage, clock, queue, sources, areOnline, due: counter }: HandOffStepDeps) {
  const { readStates, readUrgent } = createItemReaders(sources)

  const whoIsOnline = async (items: readonly DueItem[]): Promise<Online> => {
    const asked = items.filter((item) => needs(item, 'ONLINE')).map(({ userId }) => userId)
    return asked.length === 0 ? new Set() : areOnline([...new Set(asked)]).catch(() => undefined)
  }

  /** Finds what is due, and what may go with it. Tickets have events of their own, so nothing goes with them. */
  const look = (now: number) =>
    storage.read(async (tx) => {
      const due = await findDue(tx, now, DUE_PER_STEP)
      const windows = windowsOf(due, now)
      const users = [...windows.keys()]
      const bounds = { upTo: Math.max(now, ...windows.values()), max: ITEMS_PER_STEP }
      const found = users.length === 0 ? [] : withoutCut(await findInInboxes(tx, users, bounds))
      const inInboxes = found.filter(({ userId, dueAt }) => dueAt <= (windows.get(userId) ?? now))
      const items = [...due.filter(({ kind }) => kind === 'ticket'), ...inInboxes]
      return { items, states: await readStates(tx, items), quiet: await findQuiet(tx, items, now, readUrgent) }
    })

  const plan = async (now: number): Promise<Plan> => {
    const looked = await look(now)
    return decide({ ...looked, online: await whoIsOnline(looked.items), now })
  }

  /** Makes the events of items that were taken. What was seen meanwhile makes none. Resolves to how many events, by kind. */
  const handOff = async (tx: Tx, { taken, online, now }: Pick<Plan, 'taken' | 'online' | 'now'>) => {
    const counts = new Map<ItemKind, number>()
    const states = await readStates(tx, taken)
    const wanted = taken.filter((item) => isWanted(item, states.get(item), online))
    for (const [kind, some] of Map.groupBy(wanted, (item) => item.kind)) {
      const events = await sources[kind].toEvents(tx, some, now)
      await queue.add(tx, events, now)
      counts.set(kind, events.length)
    }
    return counts
  }

  return async (): Promise<number | undefined> => {
    const decided = await plan(clock.now())
    const { taken, postponed, held } = decided
    const count = taken.length + postponed.size + held.size
    if (count === 0) return undefined
    try {
      const counts = await storage.write(async (tx) => {
        if (!(await storage.tryLock(tx, LOCK))) return undefined
        await holdQuiet(tx, held, readUrgent)
        for (const [dueAt, some] of postponed) await postpone(tx, some, dueAt)
        return handOff(tx, { ...decided, taken: await takeItems(tx, taken) })
      }, WITHOUT_WAITING)
      for (const [kind, events] of counts ?? []) counter.add(kind, events)
      return counts && count
    } catch (error) {
      // Somebody is just storing something for the same user. The next look finds that, too.
      if (error instanceof HeldError) return undefined
      throw error
    }
  }
}
