import { describe, expect, test } from 'vitest'
import { lane, newKey, POSITION_HOMES, startOf } from '../support/positions.ts'

const pair = (term: string, first: number): string => `${term.padEnd(11, '.')}${String(first).padStart(16, '0')}`
const ONE = pair('one', 1)
const TWO = ONE + pair('two', 101)

describe.each(POSITION_HOMES)('positions %s', (_, open) => {
  const reach = async (revision: number, terms: string) => {
    const node = await open().start()
    const key = newKey()
    const held = await node.positions.begin(key, lane(1, 'first', terms))
    node.positions.acknowledge(held, revision)
    node.positions.release(held)
    await node.positions.store()
    return { ...node, key }
  }

  test('go on in a later term, as long as they lie before it', async () => {
    const { positions, key } = await reach(100, ONE)
    expect(await startOf(positions, key, lane(130, 'first', TWO))).toEqual({ revision: 100, isExpired: false })
    expect(await startOf(positions, key, lane(140, 'first', TWO))).toEqual({ revision: 100, isExpired: false })
  })

  test('have expired when what they know of a term was lost, though the revision was used again', async () => {
    const { positions, key } = await reach(120, ONE)
    const start = await startOf(positions, key, lane(125, 'first', TWO))
    expect(start).toEqual({ revision: 125, isExpired: true })
  })

  test('have expired when the lane knows nothing of their term', async () => {
    const { positions, key } = await reach(50, ONE)
    const start = await startOf(positions, key, lane(125, 'first', pair('other', 1)))
    expect(start).toEqual({ revision: 125, isExpired: true })
  })

  test('that expired begin anew in the term of the lane', async () => {
    const { positions, key } = await reach(120, ONE)
    const held = await positions.begin(key, lane(110, 'first', TWO))
    positions.acknowledge(held, 112)
    positions.release(held)
    await positions.store()
    expect(await startOf(positions, key, lane(125, 'first', TWO))).toEqual({ revision: 112, isExpired: false })
  })

  test('keep the term in which they were reached, whichever node reads them', async () => {
    const nodes = open()
    const first = await nodes.start()
    const key = newKey()
    const held = await first.positions.begin(key, lane(1, 'first', ONE))
    held.entry.term = 'two'.padEnd(11, '.')
    first.positions.acknowledge(held, 105)
    first.positions.release(held)
    await first.positions.store()
    const second = await nodes.start()
    expect(await startOf(second.positions, key, lane(130, 'first', TWO))).toEqual({ revision: 105, isExpired: false })
  })

  test('of versions that knew no terms go on before the first, and have expired behind it', async () => {
    const { positions, key } = await reach(100, '')
    const late = await reach(120, '')
    const terms = pair('two', 101)
    expect(await startOf(positions, key, lane(125, 'first', terms))).toEqual({ revision: 100, isExpired: false })
    const start = await startOf(late.positions, late.key, lane(125, 'first', terms))
    expect(start).toEqual({ revision: 125, isExpired: true })
  })
})
