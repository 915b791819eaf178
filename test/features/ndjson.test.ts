import { expect, test } from 'vitest'
import { linesOf, type TextLine } from '../../src/lib/ndjson.ts'
import { createRandom } from '../support/random.ts'

async function* inChunks(bytes: Buffer, sizes: () => number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; ) {
    const to = from + sizes()
    yield bytes.subarray(from, to)
    from = to
  }
}

async function read(bytes: Buffer, sizes = () => bytes.length): Promise<TextLine[]> {
  return Array.fromAsync(linesOf(inChunks(bytes, sizes), 10))
}

test('lines are read with their numbers, however the bytes come', async () => {
  const bytes = Buffer.concat([
    Buffer.from('\u{feff}one\r\n\n\u{1f600} ö\n'),
    Buffer.from([0xc3, 0x28, 0x0a]),
    Buffer.from('0123456789\n0123456789a\nlast'),
  ])
  const expected = [
    { number: 1, text: 'one\r' },
    { number: 2, text: '' },
    { number: 3, text: '\u{1f600} ö' },
    { number: 4, text: undefined, mistake: 'The line is not text in UTF-8.' },
    { number: 5, text: '0123456789' },
    { number: 6, text: undefined, mistake: 'The line is longer than 10 bytes.' },
    { number: 7, text: 'last' },
  ]
  expect(await read(bytes)).toEqual(expected)
  const random = createRandom(7)
  for (let round = 0; round < 50; round += 1) expect(await read(bytes, () => 1 + random.int(6))).toEqual(expected)
})

test('a file without a line has none', async () => {
  expect(await read(Buffer.from(''))).toEqual([])
  expect(await read(Buffer.from('\n'))).toEqual([{ number: 1, text: '' }])
})
