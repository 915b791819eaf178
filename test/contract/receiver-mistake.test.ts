import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import * as ws from 'ws'
import { surviveOversized } from '../../src/delivery/ws-internals.ts'

/** A masked text frame of a client. */
function frame(content: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([0x81, 0x80 | content.length, 1, 2, 3, 4]),
    Buffer.from(content.map((byte, at) => byte ^ ((at & 3) + 1))),
  ])
}

test('what comes behind a text that is none is dropped', async () => {
  const { Receiver } = ws as unknown as { readonly Receiver: new (options: object) => ws.WebSocket }
  const receiver = new Receiver({ isServer: true, allowSynchronousEvents: false }) as unknown as NodeJS.WritableStream
  surviveOversized({ _receiver: receiver } as unknown as ws.WebSocket)
  const seen: string[] = []
  receiver.on('message', (data: Buffer) => seen.push(String(data)))
  receiver.on('error', (error: Error) => seen.push(error.message))
  for (const content of [Buffer.from('a'), Buffer.from([0xff, 0xfe]), Buffer.from('bc'), Buffer.from('de')]) {
    receiver.write(frame(content))
  }
  for (let turns = 0; turns < 10; turns += 1) await setImmediate()
  expect(seen).toEqual(['a', 'Invalid WebSocket frame: invalid UTF-8 sequence'])
})
