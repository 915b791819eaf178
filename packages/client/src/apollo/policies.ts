import type {
  FieldFunctionOptions,
  FieldMergeFunction,
  FieldReadFunction,
  Reference,
  TypePolicies,
} from '@apollo/client/core'
import { newerSelectedCount, type Selected } from '../caches/inbox-lists.ts'
import { KEYS, POSSIBLE_TYPES, SINGLE, VALUES } from '../caches/values.ts'

type Options = Pick<FieldFunctionOptions, 'args' | 'readField' | 'canRead' | 'mergeObjects'>

/** A paged list as the cache has it: entries once, whether documents ask for `nodes` or for `edges`. */
export interface StoredPages {
  readonly items: readonly Reference[]
  /** Page cursors by the `__ref` of entries. */
  readonly cursors: Readonly<Record<string, string>>
  readonly pageInfo?: Selected
  readonly [name: string]: unknown
}

/** What a page has: its entries, their cursors, and all else. */
function openPage(page: Selected, { readField }: Options): StoredPages {
  const { nodes, edges, ...rest } = page as { nodes?: readonly Reference[]; edges?: readonly Selected[] }
  const cursors: Record<string, string> = {}
  const ofEdges = edges?.map((edge) => {
    const node = readField('node', edge as never) as unknown as Reference
    const cursor = readField('cursor', edge as never)
    if (typeof cursor === 'string') cursors[node.__ref] = cursor
    return node
  })
  return { ...rest, items: nodes ?? ofEdges ?? [], cursors }
}

/** Adds the entries that are not there, and what the new page says of where the list ends. */
function join(held: StoredPages, page: StoredPages, isBefore: boolean): StoredPages {
  const known = new Set(held.items.map(({ __ref }) => __ref))
  const further = page.items.filter(({ __ref }) => !known.has(__ref))
  const ends = isBefore ? ['hasPreviousPage', 'startCursor'] : ['hasNextPage', 'endCursor']
  const moved = Object.entries(page.pageInfo ?? {}).filter(([name, value]) => ends.includes(name) && value != null)
  return {
    ...held,
    items: isBefore ? [...further, ...held.items] : [...held.items, ...further],
    cursors: { ...page.cursors, ...held.cursors },
    ...(held.pageInfo ? { pageInfo: { ...held.pageInfo, ...Object.fromEntries(moved) } } : {}),
  }
}

/**
 * Puts a page in its place. One without a cursor is a new beginning. A page that does not continue what is there belongs to a list that
 * was loaded anew meanwhile, and is dropped.
 */
const mergePages: FieldMergeFunction = (held: StoredPages | undefined, came: Selected, options) => {
  const page = openPage(came, options)
  const { after, before } = options.args ?? {}
  const cursor = after ?? before
  if (!held) return page
  if (cursor == null) return { ...held, ...page }
  const end = held.pageInfo?.[after == null ? 'startCursor' : 'endCursor']
  return end === undefined || end === cursor ? join(held, page, after == null) : held
}

const readPages: FieldReadFunction = (stored: StoredPages | undefined, { canRead }) => {
  if (!stored) return stored
  const { items, cursors, __typename, ...rest } = stored
  const nodes = items.filter((item) => canRead(item))
  const edgeType = String(__typename).replace('Connection', 'Edge')
  return {
    __typename,
    ...rest,
    nodes,
    edges: nodes.map((node) => ({ __typename: edgeType, cursor: cursors[node.__ref] ?? '', node })),
  }
}

/** Of one user the newer description, of two the one that came. */
const mergeActor: FieldMergeFunction = (held, came, { readField, mergeObjects }) => {
  const userId = readField('userId', came)
  return held && userId !== undefined && readField('userId', held) === userId ? mergeObjects(held, came) : came
}

/** A list that is another one when one of these arguments is. */
function pages(keyArgs: string[]) {
  return { keyArgs, merge: mergePages, read: readPages }
}

function createTypePolicies(): TypePolicies {
  const values = VALUES.map((name) => [name, { keyFields: false, merge: true }])
  const keys = Object.entries(KEYS).map(([name, key]) => [name, { keyFields: [key] }])
  const single = SINGLE.map((name) => [name, { keyFields: [] }])
  return {
    ...Object.fromEntries([...values, ...keys, ...single]),
    Actor: { keyFields: false, merge: mergeActor },
    UnreadCount: { keyFields: false, merge: newerSelectedCount as FieldMergeFunction },
    Ticket: { fields: { messages: pages(['first', 'last']) } },
    Query: {
      fields: {
        notifications: pages(['filter', 'first']),
        tickets: pages(['filter', 'orderBy', 'status', 'first']),
        searchTickets: pages(['query', 'first']),
      },
    },
    Subscription: { fields: { notificationEvents: { merge: false }, ticketList: { merge: false } } },
  }
}

/**
 * What Apollo's `InMemoryCache` has to be told of Herald's types: which have other keys than `id`, which are values, and how pages are joined.
 * Use it as `new InMemoryCache(heraldCache)`, or put your own policies beside these.
 */
export const heraldCache: {
  readonly typePolicies: TypePolicies
  readonly possibleTypes: Record<string, string[]>
} = { typePolicies: createTypePolicies(), possibleTypes: POSSIBLE_TYPES }
