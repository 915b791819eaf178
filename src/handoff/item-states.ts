import type { HandOffUnless } from '../lib/hand-off-rule.ts'
import type { Tx } from '../storage/storage.ts'
import type { EventDraft } from './backend-event.ts'
import type { DueItem, Item, ItemKind } from './due-items.ts'

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
  /**
   * Makes the events that say that nobody saw these items: one for each user, or for each ticket of a user. `now` is the moment at which
   * that was looked at, in milliseconds since 1970.
   */
  toEvents(tx: Tx, items: readonly Item[], now: number): Promise<readonly EventDraft[]>
  /** Finds those of some items that do not wait for the end of quiet hours. Left out: none is urgent. */
  readUrgent?(tx: Tx, items: readonly Item[]): Promise<readonly Item[]>
}

/** Who is online. Undefined: that is not known now. */
export type Online = ReadonlySet<string> | undefined

function keyOf({ userId, item }: Item): string {
  return JSON.stringify([userId, item])
}

/** Whether the rule of an item names something that makes a hand-off superfluous. */
export function needs({ unless }: DueItem, one: HandOffUnless): boolean {
  return unless.includes(one)
}

/** Whether an item is to be handed off: it is still there, and nothing of what its rule names has happened. */
export function isWanted(due: DueItem, state: ItemState | undefined, online: Online): boolean {
  if (!state) return false
  if (needs(due, 'DELIVERED') && state.isDelivered) return false
  if (needs(due, 'SEEN') && state.isSeen) return false
  if (needs(due, 'READ') && state.isRead) return false
  return !(needs(due, 'ONLINE') && online?.has(due.userId))
}

/** How items of all kinds are read. Each resolves to what was found, by item. */
export interface ItemReaders {
  /** How items stand with their users. Those that are gone are left out. */
  readStates(tx: Tx, items: readonly DueItem[]): Promise<ReadonlyMap<DueItem, ItemState>>
  /** Which items do not wait for the end of quiet hours. */
  readUrgent(tx: Tx, items: readonly DueItem[]): Promise<ReadonlySet<DueItem>>
}

/** Creates the functions that read items of all kinds from where they come. */
export function createItemReaders(sources: Readonly<Record<ItemKind, ItemSource>>): ItemReaders {
  return {
    readStates: async (tx, items) => {
      const states = new Map<DueItem, ItemState>()
      for (const [kind, some] of Map.groupBy(items, (item) => item.kind)) {
        const byKey = new Map((await sources[kind].readStates(tx, some)).map((state) => [keyOf(state), state]))
        for (const item of some) {
          const state = byKey.get(keyOf(item))
          if (state) states.set(item, state)
        }
      }
      return states
    },
    readUrgent: async (tx, items) => {
      const urgent = new Set<DueItem>()
      for (const [kind, some] of Map.groupBy(items, (item) => item.kind)) {
        const keys = new Set((await sources[kind].readUrgent?.(tx, some))?.map(keyOf))
        for (const item of some) if (keys.has(keyOf(item))) urgent.add(item)
      }
      return urgent
    },
  }
}
