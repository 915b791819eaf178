import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { type Env, herald, start } from '../support/command-line.ts'
import { post, startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

interface Listener {
  /** The next line on standard output that matches; lines before it are dropped. */
  line(pattern: RegExp): Promise<string>
  /** The same of what it says about itself, on standard error. */
  said(pattern: RegExp): Promise<string>
  /** All it has printed so far, on both. */
  printed(): string
  /** Sends Ctrl-C; resolves to the exit code. */
  interrupt(): Promise<number | null>
}

/** Starts `herald listen`. */
function listen(args: readonly string[], env?: Env): Listener {
  const child = start(['listen', ...args], env)
  let printed = ''
  const lines = (stream: NodeJS.ReadableStream) => {
    const iterator = createInterface({ input: stream })[Symbol.asyncIterator]()
    return async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const { value, done } = await iterator.next()
        if (done) throw new Error(`It ended without a line like ${pattern}:\n${printed}`)
        printed += `${value}\n`
        if (pattern.test(value)) return value
      }
    }
  }
  return {
    line: lines(child.stdout!),
    said: lines(child.stderr!),
    printed: () => printed,
    interrupt: async () => {
      child.kill('SIGINT')
      const [code] = await once(child, 'exit')
      return code
    },
  }
}

describe('herald listen', () => {
  test('shows what a user is told, one line each, and ends on Ctrl-C', async () => {
    const { url } = await startProcess({ DATA_DIR: tempFolder() })
    const backend = await signTestToken('shop', 'backend')
    const alice = listen(['--user', 'alice', '--url', url])
    await alice.said(/^Connected to ws:/)
    await alice.line(/unread +0$/)
    await post(url, backend, 'mutation { sendToUser(userId: "alice", event: "order.packed", data: {order: 7}) { id } }')
    await alice.line(/event +order\.packed \{"order":7\}$/)
    await herald(['notify', '--url', url, '--to', 'alice', '--type', 'order.shipped', '--title', 'On its way'])
    await alice.line(/notification +On its way \(order\.shipped, [0-9a-f-]{36}\)$/)
    await post(
      url,
      backend,
      `mutation {
        upsertTicket(input: { id: "T-1", participants: [{ id: "alice" }] }) { id }
        sendTicketMessage(input: { ticketId: "T-1", body: "Hello" }) { message { id } }
      }`,
    )
    await alice.line(/support +ticket T-1: message 1 by backend, 1 unread message$/)
    await post(url, await signTestToken('alice'), 'mutation { markAllAsRead { changed } }')
    await alice.line(/read +all up to revision 1$/)
    expect(await alice.interrupt()).toBe(0)
  })

  test('as JSON shows one object per line', async () => {
    const { url } = await startProcess({ DATA_DIR: tempFolder() })
    const token = await signTestToken('alice')
    const alice = listen(['--url', url, '--json'], { HERALD_TOKEN: token, JWT_SECRET: '' })
    await alice.line(/"unreadCount"/)
    await herald(['notify', '--url', url, '--to', 'alice', '--title', 'Hello'])
    const line = await alice.line(/"notificationEvents"/)
    expect(JSON.parse(line)).toMatchObject({
      subscription: 'notificationEvents',
      data: { __typename: 'NotificationAdded', notification: { title: 'Hello', type: 'message' } },
    })
    expect(alice.printed()).not.toContain(token)
  })

  test('comes back by itself when the server was away, and misses no notification', async () => {
    const folder = tempFolder()
    const first = await startProcess({ DATA_DIR: folder })
    const { url } = first
    const alice = listen(['--user', 'alice', '--url', url])
    await alice.line(/unread +0$/)
    await herald(['notify', '--url', url, '--to', 'alice', '--title', 'Before'])
    await alice.line(/notification +Before/)
    await first.stop('SIGKILL')
    await alice.said(/^No connection to ws:.*; trying again\.$/)
    const second = await startProcess({ DATA_DIR: folder, PORT: new URL(url).port })
    await herald(['notify', '--url', second.url, '--to', 'alice', '--title', 'Still here?'])
    await alice.said(/^Connected to ws:/)
    await alice.line(/notification +Still here\?/)
    expect(await alice.interrupt()).toBe(0)
  })

  test('waits for a server that is not there yet, and ends on Ctrl-C meanwhile', async () => {
    const alice = listen(['--user', 'alice', '--url', 'ws://127.0.0.1:9/graphql'])
    await alice.said(/^No connection to ws:.*; trying again\.$/)
    expect(await alice.interrupt()).toBe(0)
  })

  test('gives up when its token will never be accepted', async () => {
    const { url } = await startProcess({ DATA_DIR: tempFolder() })
    const { code, stderr } = await herald(['listen', '--url', url], { HERALD_TOKEN: 'not-a-token' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/Herald refused the connection: .* \(4401\)\.$/m)
    expect(stderr).not.toContain('not-a-token')
    const another = await herald(['listen', '--user', 'alice', '--url', url], {
      JWT_SECRET: 'another-secret-that-is-32-bytes-long',
    })
    expect(another.code).toBe(1)
    expect(another.stderr).toMatch(
      /\(4401\)\. .* run it with the JWT_SECRET and DATA_DIR that Herald was started with\.$/m,
    )
  })
})
