import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { BIN, type Env, herald, start } from '../support/command-line.ts'
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
const listen = (args: readonly string[], env?: Env): Listener => {
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

describe('herald', () => {
  test('explains itself, and each command too', async () => {
    const { code, stdout } = await herald(['--help'])
    expect(code).toBe(0)
    for (const name of ['start', 'token', 'notify', 'listen', 'dead']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
      const help = await herald([name, '--help'])
      expect(help).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout).toMatch(new RegExp(`^Usage: herald ${name}`))
    }
    const { version } = JSON.parse(readFileSync(resolve(BIN, '../../../package.json'), 'utf8'))
    expect(await herald(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
  })

  test.each([
    ['no command', [], /A command is missing/],
    ['an unknown command', ['tell'], /There is no command "tell"/],
    ['an unknown option', ['token', '--usr', 'alice'], /Unknown option '--usr'/],
    ['a missing option', ['token'], /--user is missing/],
    [
      'a wrong role',
      ['token', '--user', 'alice', '--role', 'king'],
      /--role must be customer, agent, admin or backend/,
    ],
    ['a wrong duration', ['token', '--user', 'alice', '--ttl', 'soon'], /--ttl must be a time such as 30s/],
    ['no recipients', ['notify', '--to', 'alice,', '--title', 'Hi'], /--to needs user ids/],
    [
      'data that is no object',
      ['notify', '--to', 'alice', '--title', 'Hi', '--data', '[1]'],
      /--data must be a JSON obj/,
    ],
    ['no address', ['listen', '--user', 'alice', '--url', 'here'], /--url must be an address/],
    ['two ways to say who', ['listen', '--user', 'alice', '--token', 't'], /either --user or --token/],
    ['nobody to listen as', ['listen'], /--user is missing/],
    [
      'two wishes about rejected commands',
      ['dead', '--replay', 'all', '--delete', 'all'],
      /either --replay or --delete/,
    ],
    ['an argument too many', ['start', 'now'], /Unexpected argument 'now'/],
  ])('called with %s, says so and exits with 2', async (_, args, message) => {
    const { code, stdout, stderr } = await herald(args)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('on an old Node, ends with one clear sentence', async () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`
    const flags = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]
    const { code, stderr } = await herald(['start'], {}, flags)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Herald needs Node\.js 24 or newer, and this is 20\.20\.2\. .*\n$/)
  })

  test('with a configuration that cannot be, names every mistake', async () => {
    const { code, stderr } = await herald(['start'], { PORT: 'x', JWT_SECRET: 'short' })
    expect(code).toBe(1)
    expect(stderr).toMatch(/PORT must be/)
    expect(stderr).toMatch(/JWT_SECRET must have at least 32 bytes/)
    expect(stderr).not.toMatch(/^ +at /m)
  })
})

describe('herald token', () => {
  test('prints a token and nothing else', async () => {
    const env = {
      JWT_ISSUER: 'https://shop.example',
      JWT_AUDIENCE: 'herald',
      JWT_CLAIM_ROLE: 'https://shop.example/role',
    }
    const args = ['--user', 'alice', '--role', 'agent', '--ttl', '2h', '--name', 'Alice', '--avatar-url', '/alice.png']
    const { code, stdout, stderr } = await herald(['token', ...args], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { iat, exp, jti, ...claims } = decodeJwt(stdout.trim())
    expect(claims).toEqual({
      sub: 'alice',
      'https://shop.example/role': 'agent',
      name: 'Alice',
      avatarUrl: '/alice.png',
      iss: 'https://shop.example',
      aud: 'herald',
    })
    expect(exp! - iat!).toBe(7_200)
    expect(jti).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('without a secret signs with that of the data folder, which a server there accepts', async () => {
    const env = { JWT_SECRET: '', DATA_DIR: join(tempFolder(), 'data') }
    const { stdout } = await herald(['token', '--user', 'alice', '--name', 'Alice'], env)
    const { url } = await startProcess(env)
    expect(await post(url, stdout.trim(), '{ me { id role name } }')).toEqual({
      me: { id: 'alice', role: 'CUSTOMER', name: 'Alice' },
    })
  })

  test('does not sign what an identity provider must sign', async () => {
    const env = { JWT_SECRET: '', JWT_JWKS_URL: 'https://id.example/jwks' }
    const { code, stdout, stderr } = await herald(['token', '--user', 'alice'], env)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/only your identity provider can sign/)
  })
})

describe('herald notify', () => {
  test('stores a notification for users, and with the same key only once', async () => {
    const { url } = await startProcess({ DATA_DIR: tempFolder() })
    const args = ['notify', '--url', url, '--to', 'alice,bob', '--to', 'cy', '--title', 'Paid', '--key', 'invoice-7']
    const more = ['--type', 'billing.paid', '--body', 'Thank you.', '--data', '{"invoice":7}']
    const first = await herald([...args, ...more])
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const [, id] = first.stdout.match(/^Told 3 users: ([0-9a-f-]{36})\.\n$/) ?? []
    const again = await herald([...args, ...more])
    expect(again.stdout).toBe(`Sent nothing: this key was used before, for ${id}.\n`)
    const json = await herald([...args, ...more, '--json'])
    expect(JSON.parse(json.stdout)).toEqual({ notificationId: id, recipients: 3, isDuplicate: true })

    const query = '{ notifications { nodes { id type title body data } } }'
    expect(await post(url, await signTestToken('bob'), query)).toEqual({
      notifications: { nodes: [{ id, type: 'billing.paid', title: 'Paid', body: 'Thank you.', data: { invoice: 7 } }] },
    })
  })

  test('says why it was refused', async () => {
    const { url } = await startProcess({ DATA_DIR: tempFolder() })
    const args = ['notify', '--to', 'alice', '--url', url, '--title']
    const asCustomer = await herald([...args, 'Hi'], { HERALD_TOKEN: await signTestToken('eve') })
    expect(asCustomer).toEqual({ code: 1, stdout: '', stderr: 'FORBIDDEN: This is for backends only.\n' })
    const tooLong = await herald([...args, 'x'.repeat(513)])
    expect(tooLong.code).toBe(1)
    expect(tooLong.stderr).toMatch(/^BAD_USER_INPUT: .*title.*\n$/)
    const otherSecret = await herald([...args, 'Hi'], { JWT_SECRET: 'another-secret-that-is-32-bytes-long' })
    expect(otherSecret.code).toBe(1)
    expect(otherSecret.stderr).toMatch(/^UNAUTHENTICATED: /)
  })

  test('says where it found nobody', async () => {
    const { code, stderr } = await herald(['notify', '--to', 'a', '--title', 'Hi', '--url', 'http://127.0.0.1:9'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Cannot reach http:\/\/127\.0\.0\.1:9\/graphql \(.+\)\. Is Herald running there\?\n$/)
  })
})

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
  })
})
