import { allLive, type Bus, type Subscription, type Topic } from '../bus/bus.ts'
import type { Delivery, Feed, View } from './feed.ts'
import { readPatiently } from './patience.ts'
import { createPull } from './pull.ts'

/** The newest value of a key, or how to get it when the reader wants it; `undefined` then means: nothing to say. */
export interface Update<Item> {
  readonly key: string
  readonly value: Item | (() => Promise<Item | undefined>)
  /** Of a state that is derived from a lane: the epoch of that. What follows another one says nothing until it is loaded. */
  readonly epoch?: string
}

/** All that a feature says about a state in order to have it followed. */
export interface StateView<Event, Item extends object> extends View {
  readonly topics: readonly Topic<Event>[]
  /** The current values: at the start, and again whenever events may have been missed. */
  readonly load: () => Promise<readonly Update<Item>[]>
  readonly take: (event: Event) => readonly Update<Item>[]
  /** Whether `item` is newer than `than`, of the same key; when left out, whatever comes later is newer. */
  readonly isNewer?: (item: Item, than: Item) => boolean
  /** Of a state that is derived from a lane: the revision of the lane behind an item. */
  readonly revisionOf?: (item: Item) => number
}

/**
 * Follows a state: the current values first, then the latest. A slow reader gets the newest value per key and skips those
 * in between.
 */
export const followState = <Event, Item extends object>(bus: Bus, view: StateView<Event, Item>): Feed<Item> => ({
  kind: 'state',
  source: view.source,
  scope: view.scope,
  [Symbol.asyncIterator]: () => iterate(bus, view),
})

const takeAll = <Item>(pending: Map<string, Update<Item>>): readonly Update<Item>[] => {
  const all = [...pending.values()]
  pending.clear()
  return all
}

const iterate = <Event, Item extends object>(bus: Bus, view: StateView<Event, Item>) => {
  const pending = new Map<string, Update<Item>>()
  const shown = new Map<string, Item>()
  let needsLoad = true
  let isOver = false
  /** The newest revision that was seen in an item. */
  let head = 0
  let epoch: string | undefined
  let subscriptions: readonly Subscription[] = []

  const put = (update: Update<Item>): void => {
    const { key, value } = update
    const waiting = pending.get(key)?.value
    const isOlder =
      typeof value !== 'function' && typeof waiting === 'object' && view.isNewer?.(value, waiting) === false
    if (isOlder) return
    // Deleted first, so that the key moves to the end: values come in the order of their latest change.
    pending.delete(key)
    pending.set(key, update)
    if (typeof value !== 'function') head = Math.max(head, view.revisionOf?.(value) ?? 0)
  }

  const load = async (): Promise<void> => {
    await allLive(subscriptions)
    needsLoad = false
    const before = takeAll(pending)
    const current = await readPatiently(view.load, () => isOver)
    const meanwhile = takeAll(pending)
    const loaded = current[0]?.epoch
    const isOfLoaded = (update: Update<Item>): boolean => update.epoch === loaded
    if (loaded !== epoch) {
      // Another history: what was shown of the last one counts no more, however large its revision.
      shown.clear()
      head = 0
    }
    // What was told meanwhile can be of the history before, or of one that came after the values were read.
    if (!meanwhile.every(isOfLoaded)) needsLoad = true
    epoch = loaded
    for (const update of [...before.filter(isOfLoaded), ...current, ...meanwhile.filter(isOfLoaded)]) put(update)
  }

  const poll = async (): Promise<Delivery<Item> | undefined> => {
    if (needsLoad) await load()
    for (const [key, { value }] of pending) {
      pending.delete(key)
      const item = typeof value === 'function' ? await value() : value
      const last = shown.get(key)
      if (item === undefined || (last && view.isNewer?.(item, last) === false)) continue
      if (view.isNewer) shown.set(key, item)
      return { item }
    }
    return undefined
  }

  const pull = createPull<Delivery<Item>>({
    poll,
    stop: () => {
      isOver = true
      for (const subscription of subscriptions) subscription.end()
    },
    view,
  })
  subscriptions = view.topics.map((topic) =>
    bus.subscribe(topic, {
      event: (event) => {
        for (const update of view.take(event)) {
          if (epoch !== undefined && update.epoch !== epoch) needsLoad = true
          else put(update)
        }
        pull.ring()
      },
      gap: () => {
        needsLoad = true
        pull.ring()
      },
      ...(view.revisionOf && { position: () => (needsLoad ? Number.POSITIVE_INFINITY : head) }),
    }),
  )
  return { ...pull.iterator, live: allLive(subscriptions) }
}
