import type { Feed } from '../feed/feed.ts'

/** A feed whose every iteration has a state of its own: each one is made by `make`. */
export const independent = <Item>(make: () => Feed<Item>): Feed<Item> => ({
  ...make(),
  [Symbol.asyncIterator]: () => make()[Symbol.asyncIterator](),
})
