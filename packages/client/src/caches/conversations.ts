import type { Selected } from './inbox-lists.ts'

/** The messages of a ticket that a cache has, in their order. */
export interface MessageRows {
  /** The number of each; undefined where no document has asked for it. */
  readonly items: readonly { readonly id: string; readonly number: unknown }[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
}

/** Where a message comes in among those that a cache has; undefined when it is there, or comes with another page. */
export function placeOfMessage({ items, hasOlder, hasNewer }: MessageRows, message: Selected): number | undefined {
  if (items.some(({ id }) => id === message['id'])) return undefined
  const { number } = message
  const above = typeof number === 'number' ? items.findIndex((one) => Number(one.number) > number) : -1
  if (above === -1) return hasNewer ? undefined : items.length
  return above === 0 && hasOlder ? undefined : above
}
