import { allLive, type Bus, type Subscription, type Topic } from '../bus/bus.ts'
import type { Delivery, Feed, View } from './feed.ts'
import { createPull } from './pull.ts'

/** All that a feature says about a signal in order to have it followed. */
export interface SignalView<Event, Item> extends View {
  readonly topics: readonly Topic<Event>[]
  /** What the event says to this viewer; undefined when nothing. */
  readonly take: (event: Event) => Item | undefined
}

/** Signals that wait for a slow reader; further ones are dropped. */
const MAX_QUEUE = 64

/** Follows signals: best effort, nothing is stored, a slow reader misses some. */
export const followSignal = <Event, Item>(bus: Bus, view: SignalView<Event, Item>): Feed<Item> => ({
  kind: 'signal',
  source: view.source,
  scope: view.scope,
  [Symbol.asyncIterator]: () => {
    const queue: Delivery<Item>[] = []
    let subscriptions: readonly Subscription[] = []
    const pull = createPull<Delivery<Item>>({
      poll: () => queue.shift(),
      stop: () => {
        for (const subscription of subscriptions) subscription.end()
      },
      view,
    })
    subscriptions = view.topics.map((topic) =>
      bus.subscribe(topic, {
        event: (event) => {
          const item = queue.length < MAX_QUEUE ? view.take(event) : undefined
          if (item === undefined) return
          queue.push({ item })
          pull.ring()
        },
        gap: () => {},
      }),
    )
    return { ...pull.iterator, live: allLive(subscriptions) }
  },
})
