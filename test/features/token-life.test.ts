import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { createAuthenticate } from '../../src/auth/authenticate.ts'
import { loadConfig } from '../../src/config.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'

const SECRET = 'a-secret-that-has-at-least-32-bytes'
const DAY = 86_400
const clock = createManualClock()
const now = clock.now() / 1_000

function sign(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT({ sub: 'ann', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET))
}

async function check(claims: Record<string, unknown>, maxTtlSeconds?: number): Promise<string> {
  const authenticate = createAuthenticate({
    secret: SECRET,
    clock,
    log: silentLog(),
    ...(maxTtlSeconds !== undefined && { maxTtlSeconds }),
  })
  return authenticate(await sign(claims)).then(
    () => 'accepted',
    ({ message }) => message,
  )
}

const TOO_LONG = 'The token is not valid: its claim "exp" is too far away; tokens live for at most 90 days.'

test.each([
  ['90 days', { iat: now, exp: now + 90 * DAY }, 'accepted'],
  ['a second more', { iat: now, exp: now + 90 * DAY + 1 }, TOO_LONG],
  ['90 days from a clock that is ahead by five seconds', { iat: now + 5, exp: now + 5 + 90 * DAY }, 'accepted'],
  ['more, behind an iat that is still to come', { iat: now + 300 * DAY, exp: now + 301 * DAY }, TOO_LONG],
  ['91 days, of which 80 have passed', { iat: now - 80 * DAY, exp: now + 11 * DAY }, TOO_LONG],
  ['90 days, of which 80 have passed', { iat: now - 80 * DAY, exp: now + 10 * DAY }, 'accepted'],
  ['90 days from now, without an iat', { exp: now + 90 * DAY }, 'accepted'],
  ['91 days from now, without an iat', { exp: now + 91 * DAY }, TOO_LONG],
  ['until the year 200000', { exp: 6_249_223_180_800 }, TOO_LONG],
])('a token lives for 90 days at most: %s', async (_, claims, answer) => {
  expect(await check(claims)).toBe(answer)
})

test.each([
  [60, 'a minute', '1 minute'],
  [3_600, 'an hour', '1 hour'],
  [5_400, 'an hour and a half', '90 minutes'],
  [7 * DAY, 'a week', '7 days'],
])('or as long as is configured, in words: %i seconds', async (longest, _, words) => {
  expect(await check({ iat: now, exp: now + longest }, longest)).toBe('accepted')
  expect(await check({ iat: now, exp: now + longest + 1 }, longest)).toContain(`tokens live for at most ${words}.`)
})

test.each([
  ['90d', 90 * DAY],
  ['12h', 43_200],
  ['30m', 1_800],
  ['45s', 45],
])('JWT_MAX_TTL is written as a time: %s', (text, longest) => {
  expect(loadConfig({ JWT_MAX_TTL: text }).auth.maxTtlSeconds).toBe(longest)
})

test.each(['90', '0d', '-1d', '1.5h', '4000d', 'forever', '90 d'])('and nothing else: %s', (text) => {
  expect(() => loadConfig({ JWT_MAX_TTL: text })).toThrow('JWT_MAX_TTL must be a time such as 30m, 12h or 90d')
})

test('is 90 days when nothing is set', () => {
  expect(loadConfig({}).auth.maxTtlSeconds).toBe(90 * DAY)
})
