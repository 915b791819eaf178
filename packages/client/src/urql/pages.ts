import type { Cache, FieldArgs, Resolver, UpdateResolver } from '@urql/exchange-graphcache'

/** A page of a list in the cache. */
interface Page {
  readonly key: string
  readonly args: NonNullable<FieldArgs>
  /** The keys of its entries. */
  readonly items: readonly string[]
}

/** A list in the cache: its pages, each of which continues the one before. */
export interface CachedList {
  readonly args: NonNullable<FieldArgs>
  readonly items: readonly string[]
  readonly pages: readonly Page[]
}

/** Where the entries of a page are, whether documents ask for `nodes` or for `edges`. It is no field of the schema. */
const ITEMS = 'items'

/** Arguments that say which page it is; by all others it is another list. */
const PLACES = ['after', 'before']

function listKey(args: FieldArgs): string {
  const rest = Object.entries(args ?? {}).filter(([name, value]) => !PLACES.includes(name) && value != null)
  return JSON.stringify(rest.sort(([one], [other]) => (one < other ? -1 : 1)))
}

function cursorIn(args: FieldArgs): unknown {
  return args?.['after'] ?? args?.['before'] ?? null
}

/** Conversations end with their newest page; they are read backwards unless a document says otherwise. */
function isBackward(fieldName: string, args: FieldArgs): boolean {
  return fieldName === 'messages' && args?.['first'] == null
}

function pageInfo(cache: Cache, key: string, name: string): unknown {
  return cache.resolve(cache.resolve(key, 'pageInfo') as string, name)
}

function allPages(cache: Cache, parent: string, field: string): readonly Page[] {
  return cache.inspectFields(parent).flatMap(({ fieldName, fieldKey, arguments: args }) => {
    if (fieldName !== field) return []
    const key = cache.resolve(parent, fieldKey)
    const items = key && cache.resolve(key as string, ITEMS)
    return Array.isArray(items) ? [{ key: key as string, args: args ?? {}, items: items as string[] }] : []
  })
}

function listOf(cache: Cache, field: string, first: Page, all: readonly Page[]): CachedList {
  const pages = [first]
  const isBack = isBackward(field, first.args)
  const rest = all.filter((page) => page !== first && listKey(page.args) === listKey(first.args))
  for (let last: Page | undefined = first; last; ) {
    const end = pageInfo(cache, last.key, isBack ? 'startCursor' : 'endCursor')
    last = end == null ? undefined : rest.find(({ args }) => cursorIn(args) === end)
    if (last && pages.includes(last)) break
    if (last) pages.push(last)
  }
  const inOrder = isBack ? [...pages].reverse() : pages
  return { args: first.args, items: [...new Set(inOrder.flatMap(({ items }) => items))], pages }
}

/** The lists in a field of the cache. */
export function listsIn(cache: Cache, parent: string, field: string): readonly CachedList[] {
  const all = allPages(cache, parent, field)
  return all.filter(({ args }) => cursorIn(args) === null).map((first) => listOf(cache, field, first, all))
}

/** Gives a list these entries, by their keys. */
export function setItems(cache: Cache, { pages }: CachedList, items: readonly string[]): void {
  pages.forEach(({ key }, index) => {
    cache.link(key, ITEMS, index === 0 ? [...items] : [])
  })
}

/** Whether a list has a page that was not loaded, at its end or at its beginning. */
export function hasPageBehind(cache: Cache, { pages }: CachedList, name: 'hasNextPage' | 'hasPreviousPage'): boolean {
  const ends = name === 'hasNextPage' ? 'after' : 'before'
  const further = [...pages].reverse().find(({ args }) => args[ends] != null) ?? pages[0]
  return further !== undefined && pageInfo(cache, further.key, name) === true
}

/** Notes the entries of a page when it has come. A first page is a new beginning: those that continued the one before are asked for again. */
export const takePage: UpdateResolver = (_, args, cache, { parentKey, fieldName }) => {
  const key = cache.resolve(parentKey, fieldName, args) as string | null
  if (!key) return
  const edges = cache.resolve(key, 'edges') as readonly string[] | undefined
  const nodes = cache.resolve(key, 'nodes') ?? edges?.map((edge) => cache.resolve(edge, 'node'))
  cache.link(key, ITEMS, (nodes ?? []) as string[])
  if (cursorIn(args) !== null) return
  for (const page of allPages(cache, parentKey, fieldName)) {
    if (cursorIn(page.args) !== null && listKey(page.args) === listKey(args))
      cache.invalidate(parentKey, fieldName, page.args)
  }
}

/** Shows all pages of a list as one, each entry once. */
export const joinPages: Resolver = (_, args, cache, { parentKey, fieldName }) => {
  // A page that was not loaded has to be, whatever is known of the others.
  if (!cache.resolve(parentKey, fieldName, args)) return undefined
  const list = listsIn(cache, parentKey, fieldName).find((one) => listKey(one.args) === listKey(args))
  const [first] = list?.pages ?? []
  if (!list || !first) return undefined
  const known = cache
    .inspectFields(first.key)
    .map((field) => [field.fieldName, cache.resolve(first.key, field.fieldKey)])
  const edges = list.pages.flatMap(({ key }) => (cache.resolve(key, 'edges') ?? []) as string[])
  const cursors = new Map(edges.map((edge) => [cache.resolve(edge, 'node'), cache.resolve(edge, 'cursor')]))
  const typename = String(cache.resolve(first.key, '__typename'))
  const last = list.pages.at(-1) ?? first
  const isBack = isBackward(fieldName, args)
  const info = (name: string, isEnd: boolean) => [
    name,
    pageInfo(cache, (isEnd === isBack ? first : last).key, name) ?? null,
  ]
  return {
    ...Object.fromEntries(known),
    __typename: typename,
    nodes: [...list.items],
    edges: list.items.map((node) => ({
      __typename: typename.replace('Connection', 'Edge'),
      cursor: cursors.get(node) ?? '',
      node,
    })),
    pageInfo: Object.fromEntries([
      ['__typename', 'PageInfo'],
      info('hasNextPage', true),
      info('endCursor', true),
      info('hasPreviousPage', false),
      info('startCursor', false),
    ]),
  }
}
