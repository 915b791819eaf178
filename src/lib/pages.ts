import { badInput } from './errors.ts'

/** Returns `value`, the wanted size of a page. Throws BAD_USER_INPUT unless it is from 1 to `max`. `name` is that of the argument. */
export function requirePageSize(name: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 1 || value > max) throw badInput(`${name} must be from 1 to ${max}.`)
  return value
}

/** The `PageInfo` of a page: the cursors of its ends, and whether there is more before and after it. */
export interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}

/** The page info of a page with these edges, in their order. Cursors are null for an empty page. */
export function pageInfoOf(
  edges: readonly { readonly cursor: string }[],
  more: Pick<PageInfo, 'hasNextPage' | 'hasPreviousPage'>,
): PageInfo {
  return { ...more, startCursor: edges.at(0)?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null }
}
