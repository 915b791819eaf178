import type { DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql'

/**
 * The fields that have one response name at one place of a document, such as an `id` that is selected twice. Validation compares them in
 * pairs, because they must agree.
 */
interface SameName {
  /** How many have arguments or selections. */
  count: number
  /** How many have neither. */
  plain: number
  /** The selections of those that have some. */
  readonly inner: SelectionSetNode[]
}

/**
 * How many selections are counted at most, again wherever a fragment is spread. Without a bound, fragments that contain themselves would
 * have no end.
 */
const MAX_LOOKS = 20_000
/** So many comparisons of plain fields take as long as one of other fields. */
const PLAIN_PER_COMPARISON = 16

function isPlain({ selectionSet, arguments: args = [] }: FieldNode): boolean {
  return !selectionSet && args.length === 0
}

function comparisonsOf({ count, plain }: SameName): number {
  return (count * (count - 1)) / 2 + count * plain + (plain * (plain - 1)) / 2 / PLAIN_PER_COMPARISON
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((node) => (node.kind === 'FragmentDefinition' ? [[node.name.value, node] as const] : [])),
  )
}

/**
 * Groups the fields of several selections by name, with fragments spread out, each of them once. Returns how many selections were counted.
 */
function collect(
  selections: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  names: Map<string, SameName>,
): number {
  const spread = new Set<string>()
  const waiting = [...selections]
  let count = 0
  for (let set = waiting.pop(); set; set = waiting.pop()) {
    count += set.selections.length
    for (const node of set.selections) {
      if (node.kind === 'InlineFragment') waiting.push(node.selectionSet)
      else if (node.kind === 'FragmentSpread') {
        const fragment = spread.has(node.name.value) ? undefined : fragments.get(node.name.value)
        spread.add(node.name.value)
        if (fragment) waiting.push(fragment.selectionSet)
      } else {
        const name = (node.alias ?? node.name).value
        const same = names.get(name) ?? { count: 0, plain: 0, inner: [] }
        names.set(name, same)
        if (isPlain(node)) same.plain += 1
        else same.count += 1
        if (node.selectionSet) same.inner.push(node.selectionSet)
      }
    }
  }
  return count
}

/**
 * Whether validating a document takes more than `max` comparisons. Each pair of fields with one name at one place is compared, and so is
 * what both select. Example: `{ me { id } me { id } me { id } }` takes 3 for `me`, and 3 cheap ones for `id`. The count itself takes a
 * bounded time: true when it would take longer.
 */
export function takesManyComparisons(document: DocumentNode, max: number): boolean {
  const fragments = fragmentsOf(document)
  const places = document.definitions.flatMap((node) => ('selectionSet' in node ? [[node.selectionSet]] : []))
  let left = max
  let looks = MAX_LOOKS
  for (let place = places.pop(); place; place = places.pop()) {
    const names = new Map<string, SameName>()
    looks -= collect(place, fragments, names)
    for (const same of names.values()) {
      left -= comparisonsOf(same)
      if (same.inner.length > 0) places.push(same.inner)
    }
    if (left < 0 || looks < 0) return true
  }
  return false
}
