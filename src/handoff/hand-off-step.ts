import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import type { HandOffUnless } from '../lib/hand-off-rule.ts'
import { HeldError, WITHOUT_WAITING } from '../storage/held.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { EventDraft } from './backend-event.ts'
import { type DueItem, findDue, findInInboxes, type Item, type ItemKind, postpone, takeItems } from './due-items.ts'
import type { EventQueue } from './event-queue.ts'

/** How an item stands with its user. */
export interface ItemState extends Item {
  readonly isDelivered: boolean
  readonly isSeen: boolean
  readonly isRead: boolean
  /** When the oldest came of what was not read. Left out: when the item was stored. */
  readonly since?: number | undefined
}

/** Where items of one kind come from. */
export interface ItemSource {
  /** Reads how items stand. Those that are gone, such as a notification that was taken back, are left out. */
  readStates(tx: Tx, items: readonly Item[]): Promise<readonly ItemState[]>
  /** Makes the events that say that nobody saw these items: one for each user, or for each ticket of a user. */
  toEvents(tx: Tx, items: readonly Item[]): Promise<readonly EventDraft[]>
}

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

/** Who is online. Undefined: that is not known now. */
type Online = ReadonlySet<string> | undefined

/** What a step will do. */
interface Plan {
  /** The items to take: those that are due, and those that go with them. */
  readonly taken: readonly DueItem[]
  /** The items that are to be looked at again, by the time when. */
  readonly postponed: ReadonlyMap<number, readonly DueItem[]>
  readonly online: Online
}

function keyOf({ userId, item }: Item): string {
  return JSON.stringify([userId, item])
}

function needs({ unless }: DueItem, one: HandOffUnless): boolean {
  return unless.includes(one)
}

/** Whether an item is to be handed off: it is still there, and nothing of what its rule names has happened. */
function isWanted(due: DueItem, state: ItemState | undefined, online: Online): boolean {
  if (!state) return false
  if (needs(due, 'DELIVERED') && state.isDelivered) return false
  if (needs(due, 'SEEN') && state.isSeen) return false
  if (needs(due, 'READ') && state.isRead) return false
  return !(needs(due, 'ONLINE') && online?.has(due.userId))
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

/**
 * Creates the step that hands off what is due. What was seen before is dropped. Of each user whose inbox has something that is due, what
 * would be due within the window of that goes into the same event, so that the user gets one mail rather than five. A step takes some items,
 * and one node at a time does it. Resolves to how many items; undefined: nothing is due, or another node is at it.
 */
export function createHandOffStep({ storage, clock, queue, sources, areOnline, due: counter }: HandOffStepDeps) {
  const readStates = async (tx: Tx, items: readonly DueItem[]): Promise<ReadonlyMap<DueItem, ItemState>> => {
    const states = new Map<DueItem, ItemState>()
    for (const [kind, some] of Map.groupBy(items, (item) => item.kind)) {
      const byKey = new Map((await sources[kind].readStates(tx, some)).map((state) => [keyOf(state), state]))
      for (const item of some) {
        const state = byKey.get(keyOf(item))
        if (state) states.set(item, state)
      }
    }
    return states
  }

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
      return { items, states: await readStates(tx, items) }
    })

  const plan = async (now: number): Promise<Plan> => {
    const { items, states } = await look(now)
    const online = await whoIsOnline(items)
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
    for (const item of items) if (isDue(item) && !isKnown(item)) later.set(item, now + POSTPONED_MS)
    const due = items.filter((item) => isDue(item) && !later.has(item))
    // Only with something that is due and wanted a window is over.
    const over = new Set(wanted.filter((item) => isDue(item) && item.kind === 'inbox').map(({ userId }) => userId))
    const along = wanted.filter((item) => !isDue(item) && over.has(item.userId))
    return { taken: [...due, ...along], postponed: Map.groupBy(later.keys(), (item) => later.get(item) ?? now), online }
  }

  /** Makes the events of items that were taken. What was seen meanwhile makes none. Resolves to how many events, by kind. */
  const handOff = async (tx: Tx, taken: readonly DueItem[], online: Online): Promise<ReadonlyMap<ItemKind, number>> => {
    const counts = new Map<ItemKind, number>()
    const states = await readStates(tx, taken)
    const wanted = taken.filter((item) => isWanted(item, states.get(item), online))
    for (const [kind, some] of Map.groupBy(wanted, (item) => item.kind)) {
      const events = await sources[kind].toEvents(tx, some)
      await queue.add(tx, events)
      counts.set(kind, events.length)
    }
    return counts
  }

  return async (): Promise<number | undefined> => {
    const now = clock.now()
    const { taken, postponed, online } = await plan(now)
    if (taken.length + postponed.size === 0) return undefined
    try {
      const counts = await storage.write(async (tx) => {
        if (!(await storage.tryLock(tx, LOCK))) return undefined
        for (const [dueAt, some] of postponed) await postpone(tx, some, dueAt)
        return handOff(tx, await takeItems(tx, taken), online)
      }, WITHOUT_WAITING)
      for (const [kind, count] of counts ?? []) counter.add(kind, count)
      return counts && taken.length + postponed.size
    } catch (error) {
      // Somebody is just storing something for the same user. The next look finds that, too.
      if (error instanceof HeldError) return undefined
      throw error
    }
  }
}
