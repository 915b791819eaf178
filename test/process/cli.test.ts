import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { BIN, herald, heraldHere } from '../support/command-line.ts'
import { post, startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

describe('herald', () => {
  test('explains itself, and each command too', async () => {
    const { code, stdout } = await herald(['--help'])
    expect(code).toBe(0)
    for (const name of ['start', 'token', 'notify', 'revoke', 'listen', 'check-documents', 'dead']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
      const help = await heraldHere([name, '--help'])
      expect(help).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout).toMatch(new RegExp(`^Usage: herald ${name}`))
    }
    const { version } = JSON.parse(readFileSync(resolve(BIN, '../../../package.json'), 'utf8'))
    expect(await heraldHere(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
  })

  test('called wrongly, says so and exits with 2', async () => {
    const { code, stdout, stderr } = await herald(['token'])
    expect(stderr).toBe('--user is missing.\n\nTry: herald token --help\n')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test.each([
    ['no command', [], /A command is missing/],
    ['an unknown command', ['tell'], /There is no command "tell"/],
    ['an unknown option', ['token', '--usr', 'alice'], /Unknown option '--usr'/],
    ['a user id with a tab', ['token', '--user', 'a\tb'], /--user contains a control character/],
    ['a user id that nobody sees', ['listen', '--user', '\u200b'], /--user must not be empty/],
    ['a name of two lines', ['token', '--user', 'a', '--name', 'a\nb'], /--name contains a control character/],
    [
      'a picture that is none',
      ['token', '--user', 'a', '--avatar-url', 'a.png'],
      /--avatar-url must be a path or begin/,
    ],
    ['a missing option', ['token'], /--user is missing/],
    [
      'a wrong role',
      ['token', '--user', 'alice', '--role', 'king'],
      /--role must be customer, agent, admin or backend/,
    ],
    ['a wrong duration', ['token', '--user', 'alice', '--ttl', 'soon'], /--ttl must be a time such as 30s/],
    ['a duration beyond the longest', ['token', '--user', 'alice', '--ttl', '91d'], /--ttl must be at most 90 days/],
    ['nothing to revoke', ['revoke'], /either --user or --jti/],
    ['two things to revoke', ['revoke', '--user', 'a', '--jti', 'b'], /either --user or --jti/],
    ['a moment without a user', ['revoke', '--jti', 'b', '--before', '2026-01-01T00:00:00Z'], /--before goes with/],
    ['a moment that is none', ['revoke', '--user', 'a', '--before', 'now'], /--before must be a moment/],
    [
      'an address with a password',
      ['notify', '--to', 'a', '--title', 'b', '--url', 'http://shop:secret@127.0.0.1'],
      /--url must have no user and password(?!.*secret)/,
    ],
    [
      'an address without a scheme',
      ['listen', '--user', 'a', '--url', 'localhost:4000'],
      /--url must be an address such as http/,
    ],
    [
      'a token of two lines',
      ['notify', '--to', 'a', '--title', 'b', '--token', 'se\ncret'],
      /The token has a character that no token has(?!.*cret)/s,
    ],
    ['no recipients', ['notify', '--to', 'alice,', '--title', 'Hi'], /--to needs user ids/],
    [
      'data that is no object',
      ['notify', '--to', 'alice', '--title', 'Hi', '--data', '[1]'],
      /--data must be a JSON obj/,
    ],
    [
      'data with a number that would become another one',
      ['notify', '--to', 'alice', '--title', 'Hi', '--data', '{"order":9007199254740993}'],
      /--data\.order is 9007199254740993, which would become another number: send it as a string/,
    ],
    [
      'data that says something twice',
      ['notify', '--to', 'alice', '--title', 'Hi', '--data', '{"a":1,"a":2}'],
      /--data\.a is there twice/,
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
    const { code, stdout, stderr } = await heraldHere(args)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('on an old Node, ends with one clear sentence', async () => {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`
    const flags = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]
    const { code, stderr } = await herald(['start'], {}, flags)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Herald needs Node\.js 24 or newer, and this is 20\.20\.2\. Install it .*"npm start".*\n$/)
  })

  test('on an old Node, after an installation for production, says what that left out', async () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'src/cli'), { recursive: true })
    copyFileSync(BIN, join(folder, 'src/cli/herald.js'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`
    const flags = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]
    const run = promisify(execFile)(process.execPath, [...flags, join(folder, 'src/cli/herald.js'), 'start'])
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr:
        'Herald needs Node.js 24 or newer, and this is 20.20.2. The one that Herald brings is not installed, because npm leaves it out ' +
        'when NODE_ENV is production: put Node.js 24 (https://nodejs.org) first in PATH, or run "npm ci --include=dev".\n',
    })
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

describe('herald revoke', () => {
  test('refuses the tokens of a user, or one, and says what it did', async () => {
    const { url } = await startProcess({ DATA_DIR: tempFolder() })
    const tokens = await Promise.all(
      ['t-1', 't-2'].map((jti) => signTestToken('alice', 'customer', { iat: Math.floor(Date.now() / 1_000), jti })),
    )
    const [first = '', second = ''] = tokens
    const one = await herald(['revoke', '--url', url, '--jti', 't-1'])
    expect(one).toEqual({ code: 0, stdout: 'The token is refused; 0 connections were closed.\n', stderr: '' })
    await expect(post(url, first, '{ me { id } }')).rejects.toThrow('revoked')
    expect(await post(url, second, '{ me { id } }')).toEqual({ me: { id: 'alice' } })
    const before = await herald(['revoke', '--url', url, '--user', 'alice', '--before', '2026-01-01T00:00:00Z'])
    expect(before.stdout).toBe(
      'Tokens that were issued before 2026-01-01T00:00:00.000Z are refused; 0 connections were closed.\n',
    )
    expect(await post(url, second, '{ me { id } }')).toEqual({ me: { id: 'alice' } })
    const all = await herald(['revoke', '--url', url, '--user', 'alice', '--json'])
    expect(JSON.parse(all.stdout)).toEqual({ issuedBefore: expect.any(String), closedConnections: 0 })
    await expect(post(url, second, '{ me { id } }')).rejects.toThrow('revoked')
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
    expect(otherSecret.stderr).toMatch(
      /^UNAUTHENTICATED: .* run it with the JWT_SECRET and DATA_DIR that Herald was started with\.\n$/,
    )
    const given = await herald([...args, 'Hi', '--token', 'none'])
    expect(given.stderr).not.toContain('JWT_SECRET')
  })

  test('says where it found nobody', async () => {
    const { code, stderr } = await herald(['notify', '--to', 'a', '--title', 'Hi', '--url', 'http://127.0.0.1:9'])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^Cannot reach http:\/\/127\.0\.0\.1:9\/graphql \(.+\)\. Is Herald running there\? Another port: set PORT, or give --url\.\n$/,
    )
  })
})
