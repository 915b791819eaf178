import { describe, expect, test } from 'vitest'
import { type Beginning, decide, type Known, type Place, SILENT_MS } from '../../src/resume/checkpoint.ts'
import { head, newKey, placeOf } from '../support/checkpoints.ts'

const NOW = 100_000
const HEAD = head(12)
const KEY = newKey()

/** A client that has a socket on a node and has been received of a moment ago. */
function place(node: string, revision: number, more: Partial<Place> = {}): Place {
  return {
    ...placeOf(KEY, NOW),
    node,
    revision,
    ...more,
  }
}

/** What the node where somebody comes knows. */
function known(revision: number, more: Partial<Known> = {}): Known {
  const { node: _, cameAt: _came, aliveAt: _alive, doubtedAt: _doubted, ...rest } = place('here', revision)
  return { ...rest, isLasting: true, isNewer: false, silence: 1_000, ...more }
}

function decideHere(places: readonly Place[], more: Partial<Beginning> = {}) {
  return decide({ key: KEY, head: HEAD, known: undefined, isFresh: false, isDoubted: false, ...more }, places, {
    node: 'here',
    now: NOW,
    liveMs: 90_000,
  })
}

describe('where a subscription begins', () => {
  test('is where its stream stands when nobody has had it', () => {
    expect(decideHere([]).start).toEqual({ revision: 12, isExpired: false })
  })

  test('is where its only client got to, wherever that was, and places that nobody holds are over', () => {
    const left = place('one', 7, { isHeld: false })
    const { start, own, over, changed } = decideHere([left])
    expect([start, own.isShared, over, changed]).toEqual([{ revision: 7, isExpired: false }, false, [left], []])
  })

  test('asks sockets of other nodes for a sign of life, and counts them until they have been silent', () => {
    const other = place('one', 7)
    const { start, changed } = decideHere([other])
    expect([start.revision, changed]).toEqual([7, [{ ...other, doubtedAt: NOW }]])
    const ask = (agoMs: number) =>
      decideHere([place('one', 7, { aliveAt: 0, doubtedAt: NOW - agoMs }), place('two', 9)]).start.revision
    expect([ask(SILENT_MS), ask(SILENT_MS + 1)]).toEqual([7, 9])
  })

  test('is known to be of several clients once one is received of that was in doubt: then all places keep their time', () => {
    const gone = place('one', 5, { isHeld: false })
    const received = place('two', 10, { doubtedAt: NOW - 20_000 })
    const { start, own, over, changed } = decideHere([gone, received])
    expect([start.revision, own.isShared, over]).toEqual([5, true, []])
    // Other nodes are told: the place that says so may be the first to go.
    expect(changed).toEqual([gone, received].map((one) => ({ ...one, isShared: true })))
  })

  test('is not held back by older sockets of the same node whose client came elsewhere since', () => {
    const stored = place('here', 3, { aliveAt: 0, doubtedAt: NOW - SILENT_MS - 1 })
    const { start, isReplaced } = decideHere([stored, place('one', 9, { isHeld: false })], {
      known: known(3, { silence: NOW }),
    })
    expect([start.revision, isReplaced]).toEqual([9, true])
  })

  test('is where that client got to, of several, whom its node does not know any more, and who may come back', () => {
    const forgotten = place('here', 4, { isHeld: false, isShared: true })
    const { start, hasForgotten } = decideHere([forgotten, place('one', 9, { isShared: true })])
    expect([start.revision, hasForgotten]).toEqual([4, true])
  })

  test('is announced as expired in a history that the stream does not go on from, and where it may have been forgotten', () => {
    expect(decideHere([place('one', 7, { epoch: 'other' })]).start).toEqual({ revision: 12, isExpired: true })
    expect(decideHere([], { isDoubted: true }).start).toEqual({ revision: 12, isExpired: true })
  })

  test('is, when its time was over, announced with where reading on shows whether something was missed', () => {
    const late = [place('one', 7, { expiresAt: NOW }), place('two', 8, { expiresAt: NOW - 1 })]
    const { start, own, over } = decideHere(late)
    expect([start, own.revision, over]).toEqual([{ revision: 12, isExpired: true, overdueAt: 7 }, null, late])
  })
})
