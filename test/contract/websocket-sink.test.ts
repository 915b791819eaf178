import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { operationId, shareMessage } from '../../src/delivery/message.ts'
import { EITHER } from '../support/internals.ts'
import { openEnds, openWebSocketSink } from '../support/websocket-sink.ts'

const LARGE = shareMessage(JSON.stringify('x'.repeat(100_000)))

/** Of `ws`, what it promises. */
function publicPartsOf(ws: WebSocket): WebSocket {
  return new Proxy(ws, {
    get: (target, key) => {
      const value = String(key).startsWith('_') ? undefined : Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const WAYS = EITHER.flatMap(([how, internals]) => [
  { how, seen: 'all of ws is seen', internals, partsOf: (ws: WebSocket) => ws },
  { how, seen: 'nothing private of ws is seen', internals, partsOf: publicPartsOf },
])

test.each(WAYS)(
  'with $how, where $seen, who does not read is slow, and has room again when everything was taken',
  async ({ internals, partsOf }) => {
    const { ws, tcp, client } = await openEnds()
    const sink = openWebSocketSink(partsOf(ws), tcp, internals)
    client.tcp.pause()
    expect(sink.isSlow()).toBe(false)
    await sink.waitForRoom()
    let sent = 0
    while (!sink.isSlow()) {
      sent += 1
      sink.send(LARGE, operationId(`${sent}`))
      await setImmediate()
    }
    let hasRoom = false
    const room = sink.waitForRoom().then(() => {
      hasRoom = true
    })
    for (let turn = 0; turn < 20; turn += 1) await setImmediate()
    expect(hasRoom).toBe(false)
    client.tcp.resume()
    await room
    expect(sink.isSlow()).toBe(false)
    for (let n = 1; n <= sent; n += 1) expect(JSON.parse(await client.next()).id).toBe(`${n}`)
  },
)
