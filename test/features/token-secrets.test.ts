import { decodeProtectedHeader, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createAuthenticate } from '../../src/auth/authenticate.ts'
import { signToken } from '../../src/auth/sign-token.ts'
import { loadConfig } from '../../src/config.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { seconds } from '../support/me-over.ts'

const [NEW, OLD, OTHER] = ['new', 'old', 'other'].map((name) => `${name}-secret-that-has-at-least-32-bytes`) as [
  string,
  string,
  string,
]

function signWith(secret: string, header: Readonly<Record<string, string>> = {}): Promise<string> {
  return new SignJWT({ sub: 'ann', exp: seconds() + 60 })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(new TextEncoder().encode(secret))
}

function isAccepted(secret: string, token: string): Promise<boolean> {
  return createAuthenticate({ secret, clock: systemClock, log: silentLog() })(token).then(
    ({ userId }) => userId === 'ann',
    ({ code, details }) => {
      expect([code, details]).toEqual(['UNAUTHENTICATED', { reason: 'invalid' }])
      return false
    },
  )
}

describe('of several secrets', () => {
  test.each([
    ['one, as always', NEW, [NEW], [OLD]],
    ['a new one and the one of before', `${NEW},${OLD}`, [NEW, OLD], [OTHER]],
    ['three', `${NEW},${OLD},${OTHER}`, [NEW, OLD, OTHER], [`${NEW},${OLD}`]],
    ['spaces and line breaks between them', ` ${NEW} ,\n${OLD}\n`, [NEW, OLD], [OTHER]],
    ['a line break at the end, which the signer has, too, or has not', `${NEW}\n`, [NEW, `${NEW}\n`], [OLD]],
    ['the same twice', `${NEW},${NEW}`, [NEW], [OLD]],
    ['one that has a comma in it, from before commas meant anything', `${NEW},${OLD}`, [`${NEW},${OLD}`], []],
  ])('all verify: %s', async (_, secret, good, bad) => {
    for (const signing of good)
      expect([signing, await isAccepted(secret, await signWith(signing))]).toEqual([signing, true])
    for (const signing of bad)
      expect([signing, await isAccepted(secret, await signWith(signing))]).toEqual([signing, false])
  })

  test('the first one signs, and names itself, so that it is tried first', async () => {
    const secret = `${NEW},${OLD}`
    const ours = await signToken({ secret, userId: 'ann', role: 'CUSTOMER', ttlSeconds: 60 })
    expect(await isAccepted(NEW, ours)).toBe(true)
    expect(await isAccepted(OLD, ours)).toBe(false)
    expect(await isAccepted(`${OLD},${NEW}`, ours)).toBe(true)
    const { kid } = decodeProtectedHeader(ours)
    expect(kid).toMatch(/^[\w-]{8}$/)
    expect(NEW).not.toContain(kid)
  })

  test.each(['1', 'main', '../../etc/passwd', 'https://evil.example/key', 'x'.repeat(1_000)])(
    'a key id of the signer\u2019s own chooses none: %s',
    async (kid) => {
      expect(await isAccepted(`${NEW},${OLD}`, await signWith(OLD, { kid }))).toBe(true)
      expect(await isAccepted(`${NEW},${OLD}`, await signWith(OTHER, { kid }))).toBe(false)
    },
  )

  test('a key id that names one of them makes nothing good that another one signed', async () => {
    const { kid = '' } = decodeProtectedHeader(
      await signToken({ secret: NEW, userId: 'ann', role: 'CUSTOMER', ttlSeconds: 60 }),
    )
    expect(await isAccepted(`${NEW},${OLD}`, await signWith(OLD, { kid }))).toBe(true)
    expect(await isAccepted(`${NEW},${OLD}`, await signWith(OTHER, { kid }))).toBe(false)
  })

  test.each([
    ['short', 'JWT_SECRET must have at least 32 bytes.'],
    [
      `${NEW},short`,
      'JWT_SECRET must have at least 32 bytes in each of its secrets between commas; number 2 has fewer.',
    ],
    [`${NEW},`, 'number 2 has fewer'],
    [`,${NEW}`, 'number 1 has fewer'],
    [`${NEW}, ${' '.repeat(40)}`, 'number 2 has fewer'],
    [Array.from({ length: 9 }, (_, n) => `${NEW}${n}`).join(','), 'must not have more than 8 secrets'],
  ])('%s is refused at the start, without telling any', (secret, message) => {
    expect(() => loadConfig({ JWT_SECRET: secret })).toThrow(message)
    expect(() => loadConfig({ JWT_SECRET: secret })).not.toThrow(NEW)
  })
})
