import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { writeLongConversation } from '../support/long-conversation.ts'
import { post } from '../support/process.ts'
import { watchServerSockets } from '../support/server-sockets.ts'

function page(alias: string): string {
  return `${alias}: messages(last: 100) { nodes { body } }`
}
/** Answers more than the network holds. */
const LARGE = `{ ticket(id: "t") { ${page('a')} ${page('b')} } }`
/** The bodies of both pages. */
const LARGE_BYTES = 12_000_000

test('answers that are not taken make further operations of their user wait, and are cut after 30 seconds', async () => {
  const sockets = watchServerSockets()
  const app = await startTestApp()
  await writeLongConversation(app, 100)
  const token = await app.token('mallory')
  const { hostname, port, host } = new URL(app.url)

  /** Asks, and takes nothing of the answer. */
  const ask = async (): Promise<{ readonly tcp: Socket; readonly served: Socket }> => {
    const body = JSON.stringify({ query: LARGE })
    const tcp = connect(Number(port), hostname)
    onTestFinished(() => void tcp.destroy())
    tcp.pause()
    tcp.write(
      `POST /graphql HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    await once(tcp, 'ready')
    await expect.poll(() => sockets.of(tcp).writableLength, { timeout: 20_000 }).toBeGreaterThan(0)
    return { tcp, served: sockets.of(tcp) }
  }

  const first = await ask()
  const second = await ask()
  expect([first.served.timeout, second.served.timeout]).toEqual([30_000, 30_000])

  let isAnswered = false
  const third = post(app.url, token, '{ ticket(id: "t") { messages(last: 1) { nodes { number } } } }').then(
    (answer) => {
      isAnswered = true
      return answer
    },
  )
  const other = await app.token('shop', 'backend')
  await post(app.url, other, '{ ticket(id: "t") { id } }')
  expect(isAnswered, 'it waits').toBe(false)

  // As when 30 seconds have passed.
  first.served.emit('timeout')
  expect(await third).toEqual({ ticket: { messages: { nodes: [{ number: 100 }] } } })
  expect((await text(first.tcp)).length).toBeLessThan(LARGE_BYTES)
})
