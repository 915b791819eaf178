import { badInput } from './errors.ts'

/** How many entries a page may have. Throws BAD_USER_INPUT unless `value` is from 1 to `max`; `name` is that of the argument. */
export function requirePageSize(name: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 1 || value > max) throw badInput(`${name} must be from 1 to ${max}.`)
  return value
}

/** Where a page stands in its list. */
export interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}

/** The page info of edges in their order. */
export function pageInfoOf(
  edges: readonly { readonly cursor: string }[],
  more: Pick<PageInfo, 'hasNextPage' | 'hasPreviousPage'>,
): PageInfo {
  return { ...more, startCursor: edges.at(0)?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null }
}
