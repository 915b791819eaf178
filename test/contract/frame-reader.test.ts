import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFrameReader, FrameViolation } from '../support/frame-reader.ts'

// The receiver that other tests trust: it must find what is wrong, however it is cut.

function frame(first: number, payload: Buffer | string, second?: number): Buffer {
  const bytes = Buffer.from(payload)
  return Buffer.concat([Buffer.from([first, second ?? bytes.length]), bytes])
}

function read(...chunks: readonly Buffer[]): readonly string[] {
  const messages: string[] = []
  const take = createFrameReader({ onMessage: (text) => messages.push(text) })
  for (const chunk of chunks) take(chunk)
  return messages
}

const EURO = Buffer.from('€')

describe('the strict receiver', () => {
  test.each([
    ['a reserved bit', frame(0xc1, 'x'), 'reserved bits are set'],
    ['a reserved opcode', frame(0x83, 'x'), 'the opcode 3 is reserved'],
    ['a masked frame', Buffer.from([0x81, 0x81, 1, 2, 3, 4, 0]), 'a server does not mask'],
    ['5 as two bytes', Buffer.from([0x81, 126, 0, 5]), 'the length 5 is not in the shortest form'],
    ['125 as two bytes', Buffer.from([0x81, 126, 0, 125]), 'the length 125 is not in the shortest form'],
    [
      '65,535 as eight bytes',
      Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
      'the length 65535 is not in the shortest form',
    ],
    ['a fragmented ping', frame(0x09, ''), 'a control frame is fragmented'],
    ['a long ping', Buffer.from([0x89, 126, 0, 126]), 'a control frame is longer than 125 bytes'],
    ['a continuation of nothing', frame(0x80, 'x'), 'a continuation of nothing'],
    [
      'a message within a message',
      Buffer.concat([frame(0x01, 'x'), frame(0x81, 'y')]),
      'a message begins within another one',
    ],
    ['bytes', frame(0x82, 'x'), 'messages are text'],
    ['half a character', frame(0x81, EURO.subarray(0, 2)), 'text is not UTF-8'],
    [
      'half a character at the end of two fragments',
      Buffer.concat([frame(0x01, 'x'), frame(0x80, EURO.subarray(0, 2))]),
      'text is not UTF-8',
    ],
    ['half a close code', frame(0x88, 'x'), 'a close frame has half a code'],
    [
      'a close code that is only local',
      frame(0x88, Buffer.from([0x03, 0xee])),
      'the close code 1006 is not to be sent',
    ],
    [
      'something behind a close frame',
      Buffer.concat([frame(0x88, ''), frame(0x81, 'x')]),
      'something follows the close frame',
    ],
  ])('finds %s', (_what, bytes, message) => {
    expect(() => read(bytes)).toThrow(new FrameViolation(message))
    expect(() => read(...Array.from(bytes, (byte) => Buffer.of(byte)))).toThrow(message)
  })

  test('takes what is right: control frames within a message, a character across a cut, any pieces', () => {
    const bytes = Buffer.concat([
      frame(0x81, ''),
      frame(0x01, EURO.subarray(0, 1)),
      frame(0x89, 'ping'),
      frame(0x00, EURO.subarray(1, 2)),
      frame(0x8a, ''),
      frame(0x80, EURO.subarray(2)),
      frame(0x88, Buffer.from([0x03, 0xf4, 0x78])),
    ])
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length })), (cuts) => {
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length]
        expect(read(...ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end)))).toEqual([
          '',
          '€',
        ])
      }),
    )
  })
})
