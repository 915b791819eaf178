import { describe, expect, test } from 'vitest'
import { head, newKey, openCheckpointNodes, startOf } from '../support/checkpoints.ts'

function pair(term: string, first: number): string {
  return `${term.padEnd(11, '.')}${String(first).padStart(16, '0')}`
}

const ONE = pair('one', 1)
const TWO = ONE + pair('two', 101)

describe('checkpoints', () => {
  const reach = async (revision: number, terms: string) => {
    const node = await openCheckpointNodes().start()
    const key = newKey()
    const held = await node.checkpoints.begin(key, head(1, 'first', terms))
    node.checkpoints.acknowledge(held, revision)
    node.checkpoints.release(held)
    await node.checkpoints.store()
    return { ...node, key }
  }

  test('go on in a later term, as long as they lie before it', async () => {
    const { checkpoints, key } = await reach(100, ONE)
    expect(await startOf(checkpoints, key, head(130, 'first', TWO))).toEqual({ revision: 100, isExpired: false })
    expect(await startOf(checkpoints, key, head(140, 'first', TWO))).toEqual({ revision: 100, isExpired: false })
  })

  test('have expired when what they know of a term was lost, though the revision was used again', async () => {
    const { checkpoints, key } = await reach(120, ONE)
    const start = await startOf(checkpoints, key, head(125, 'first', TWO))
    expect(start).toEqual({ revision: 125, isExpired: true })
  })

  test('have expired when the head knows nothing of their term', async () => {
    const { checkpoints, key } = await reach(50, ONE)
    const start = await startOf(checkpoints, key, head(125, 'first', pair('other', 1)))
    expect(start).toEqual({ revision: 125, isExpired: true })
  })

  test('that expired begin anew in the term of the stream', async () => {
    const { checkpoints, key } = await reach(120, ONE)
    const held = await checkpoints.begin(key, head(110, 'first', TWO))
    checkpoints.acknowledge(held, 112)
    checkpoints.release(held)
    await checkpoints.store()
    expect(await startOf(checkpoints, key, head(125, 'first', TWO))).toEqual({ revision: 112, isExpired: false })
  })

  test('keep the term in which they were reached, whichever node reads them', async () => {
    const nodes = openCheckpointNodes()
    const first = await nodes.start()
    const key = newKey()
    const held = await first.checkpoints.begin(key, head(1, 'first', ONE))
    held.checkpoint.term = 'two'.padEnd(11, '.')
    first.checkpoints.acknowledge(held, 105)
    first.checkpoints.release(held)
    await first.checkpoints.store()
    const second = await nodes.start()
    expect(await startOf(second.checkpoints, key, head(130, 'first', TWO))).toEqual({ revision: 105, isExpired: false })
  })

  test('of versions that knew no terms go on before the first, and have expired behind it', async () => {
    const { checkpoints, key } = await reach(100, '')
    const late = await reach(120, '')
    const terms = pair('two', 101)
    expect(await startOf(checkpoints, key, head(125, 'first', terms))).toEqual({ revision: 100, isExpired: false })
    const start = await startOf(late.checkpoints, late.key, head(125, 'first', terms))
    expect(start).toEqual({ revision: 125, isExpired: true })
  })
})
