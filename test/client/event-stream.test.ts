import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEventReader, type StreamEvent } from '../../packages/client/src/event-stream.ts'

const TEXT = [
  ': a comment',
  '',
  'event: next',
  'id: c-1',
  'data: {"a":1}',
  '',
  'event:next',
  'data:one',
  'data: two: three',
  '',
  'data',
  '',
  'event: nothing',
  '',
  'retry: 5',
  'data: last',
  '',
  '',
]
const EVENTS: readonly StreamEvent[] = [
  { type: 'next', id: 'c-1', data: '{"a":1}' },
  { type: 'next', id: 'c-1', data: 'one\ntwo: three' },
  { type: 'message', id: 'c-1', data: '' },
  { type: 'message', id: 'c-1', data: 'last' },
]

test('events are read however the stream is cut, and whatever ends its lines', () => {
  const cuts = fc.array(fc.nat(200), { maxLength: 8 })
  fc.assert(
    fc.property(cuts, fc.constantFrom('\n', '\r\n', '\r'), (places, end) => {
      const text = `${TEXT.join(end)}:`
      const at = [0, ...places.map((place) => Math.min(place, text.length)).sort((a, b) => a - b), text.length]
      const seen: StreamEvent[] = []
      const read = createEventReader((event) => seen.push(event))
      for (const [n, from] of at.entries()) read(text.slice(from, at[n + 1] ?? text.length))
      expect(seen).toEqual(EVENTS)
    }),
  )
})
