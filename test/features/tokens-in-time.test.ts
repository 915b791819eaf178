import { errors, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { type AuthenticateOptions, createAuthenticate } from '../../src/auth/authenticate.ts'
import { verificationError } from '../../src/auth/token-errors.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { startIssuer } from '../support/issuer.ts'

const SECRET = 'a-secret-that-has-at-least-32-bytes'

function seconds(): number {
  return Math.floor(Date.now() / 1_000)
}

function claims(sub: string) {
  return { sub, exp: seconds() + 3_600 }
}

const early = { code: 'UNAUTHENTICATED', details: { reason: 'early' } }
const invalid = { code: 'UNAUTHENTICATED', details: { reason: 'invalid' } }

function create(options: Partial<AuthenticateOptions>) {
  return createAuthenticate({ clock: systemClock, log: silentLog(), ...options })
}

function failure(task: Promise<unknown>): Promise<unknown> {
  return task.catch((error: unknown) => error)
}

test('a token that begins to hold later is refused until then, and says when', async () => {
  const clock = createManualClock()
  const authenticate = create({ secret: SECRET, clock })
  const now = clock.now() / 1_000
  const sign = (nbf: number) =>
    new SignJWT({ sub: 'ann', exp: now + 3_600, nbf, iat: nbf })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(SECRET))
  const token = await sign(now + 8)
  expect(await failure(authenticate(token))).toMatchObject({
    code: 'UNAUTHENTICATED',
    message: 'The token is not accepted yet: its claim "nbf" is in the future.',
    details: { reason: 'early', retryAfterMs: 8_000 },
  })
  clock.advance(8_000)
  expect(await authenticate(token)).toMatchObject({ userId: 'ann' })
  // Clocks may be five seconds apart.
  expect(await authenticate(await sign(now + 13))).toMatchObject({ userId: 'ann' })
  expect(await failure(authenticate(await sign(now + 15)))).toMatchObject(early)
})

test('a key that was published a moment ago is found at once', async () => {
  const issuer = await startIssuer()
  const authenticate = create({ jwksUrl: issuer.jwksUrl })
  await authenticate(await issuer.sign(claims('ann')))
  await issuer.rotate()
  expect(await authenticate(await issuer.sign(claims('bob')))).toMatchObject({ userId: 'bob' })
  expect(issuer.fetches).toBe(2)
})

test('strangers who name unknown keys cannot keep a new key out, nor load keys at will', async () => {
  const issuer = await startIssuer()
  const stranger = await startIssuer('RS256', 'strange')
  const authenticate = create({ jwksUrl: issuer.jwksUrl })
  const known = await issuer.sign(claims('ann'))
  await authenticate(known)
  const startedAt = Date.now()
  const flood = { isOver: false }
  const flooding = (async () => {
    const refusals: unknown[] = []
    while (!flood.isOver) {
      const token = await stranger.sign(claims(`eve-${refusals.length}`))
      refusals.push(...(await Promise.all(Array.from({ length: 20 }, () => failure(authenticate(token))))))
    }
    return refusals
  })()
  await expect.poll(() => issuer.fetches, { timeout: 20_000 }).toBeGreaterThan(2)
  await issuer.rotate()
  expect(await authenticate(await issuer.sign(claims('bob')))).toMatchObject({ userId: 'bob' })
  expect(await authenticate(known)).toMatchObject({ userId: 'ann' })
  flood.isOver = true
  for (const refusal of await flooding) expect(refusal).toMatchObject(early)
  expect(issuer.fetches).toBeLessThanOrEqual(4 + (Date.now() - startedAt) / 1_000)
})

test('of strangers who name unknown keys few wait, and none for long while the issuer does not answer', async () => {
  const issuer = await startIssuer()
  const stranger = await startIssuer('RS256', 'strange')
  const clock = createManualClock(Date.now())
  const authenticate = create({ jwksUrl: issuer.jwksUrl, clock })
  const known = await issuer.sign(claims('ann'))
  await authenticate(known)
  issuer.setSilent(true)
  const tokens = await Promise.all(Array.from({ length: 130 }, (_, n) => stranger.sign(claims(`eve-${n}`))))
  let waiting = 0
  const answers = tokens.map(async (token) => {
    waiting += 1
    return failure(authenticate(token)).finally(() => {
      waiting -= 1
    })
  })
  // The handshakes that those hold who wait are a tenth of all.
  await expect.poll(() => waiting).toBe(100)
  expect(await authenticate(known)).toMatchObject({ userId: 'ann' })
  clock.advance(2_000)
  const away = { code: 'SERVICE_UNAVAILABLE', details: { retryAfterMs: expect.any(Number) } }
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject(away)
  expect(issuer.fetches).toBe(2)
})

test('of those who wait for unknown keys, one address has a part: others find places', async () => {
  const issuer = await startIssuer()
  const stranger = await startIssuer('RS256', 'strange')
  const clock = createManualClock(Date.now())
  const authenticate = create({ jwksUrl: issuer.jwksUrl, clock })
  await authenticate(await issuer.sign(claims('ann')))
  await issuer.rotate()
  issuer.setSilent(true)
  const tokens = await Promise.all(Array.from({ length: 130 }, (_, n) => stranger.sign(claims(`eve-${n}`))))
  const away = { code: 'SERVICE_UNAVAILABLE', details: { retryAfterMs: expect.any(Number) } }
  let waiting = 0
  const flood = () =>
    tokens.map(async (token) => {
      waiting += 1
      return failure(authenticate(token, '192.0.2.1')).finally(() => {
        waiting -= 1
      })
    })
  const answers = flood()
  await expect.poll(() => waiting).toBe(25)
  // Whoever comes from elsewhere waits as if nobody else did.
  const bob = failure(authenticate(await issuer.sign(claims('bob')), '192.0.2.2'))
  const fromThere = failure(authenticate(tokens[0] ?? '', '192.0.2.1'))
  expect(await fromThere).toMatchObject(away)
  clock.advance(2_000)
  for (const answer of await Promise.all([...answers, bob])) expect(answer).toMatchObject(away)
  // Their places are free again.
  const more = flood()
  await expect.poll(() => waiting).toBe(25)
  clock.advance(2_000)
  for (const answer of await Promise.all(more)) expect(answer).toMatchObject(away)
})

test('no keys are loaded for a token that no key could make good', async () => {
  const issuer = await startIssuer()
  const stranger = await startIssuer('RS256', 'strange')
  const authenticate = create({ jwksUrl: issuer.jwksUrl, audience: 'herald', issuer: 'https://id.example' })
  const good = { iss: 'https://id.example', aud: 'herald' }
  await authenticate(await issuer.sign({ ...claims('ann'), ...good }))
  const tokens = [
    { ...claims('eve'), ...good, aud: 'shop' },
    { ...claims('eve'), ...good, iss: 'https://evil.example' },
    { ...claims('eve'), aud: 'herald' },
    { ...good, exp: seconds() + 3_600 },
    { ...good, sub: 'eve' },
  ]
  for (const token of tokens) expect(await failure(authenticate(await stranger.sign(token)))).toMatchObject(invalid)
  const expired = await stranger.sign({ ...claims('eve'), ...good, exp: seconds() - 60 })
  expect(await failure(authenticate(expired))).toMatchObject({ details: { reason: 'expired' } })
  expect(issuer.fetches).toBe(1)
})

test('tokens without a key id are checked with every key, and new keys are found for them, too', async () => {
  const issuer = await startIssuer('ES256', null)
  const stranger = await startIssuer('ES256', null)
  const authenticate = create({ jwksUrl: issuer.jwksUrl })
  const old = await issuer.sign(claims('ann'))
  expect(await authenticate(old)).toMatchObject({ userId: 'ann' })
  await issuer.rotate()
  expect(await authenticate(await issuer.sign(claims('bob')))).toMatchObject({ userId: 'bob' })
  expect(await authenticate(await issuer.sign(claims('cid')))).toMatchObject({ userId: 'cid' })
  expect(await authenticate(old)).toMatchObject({ userId: 'ann' })
  expect(await failure(authenticate(await stranger.sign(claims('eve'))))).toMatchObject(early)
})

test('while the issuer is away, tokens of known keys are accepted, and of others it is said that it is away', async () => {
  const issuer = await startIssuer()
  issuer.setBroken(true)
  const authenticate = create({ jwksUrl: issuer.jwksUrl })
  const known = await issuer.sign(claims('ann'))
  const away = { code: 'SERVICE_UNAVAILABLE', details: { retryAfterMs: expect.any(Number) } }
  expect(await failure(authenticate(known))).toMatchObject(away)
  issuer.setBroken(false)
  expect(await authenticate(known)).toMatchObject({ userId: 'ann' })
  await issuer.rotate()
  issuer.setBroken(true)
  const fresh = await issuer.sign(claims('bob'))
  expect(await failure(authenticate(fresh))).toMatchObject(away)
  expect(await authenticate(known)).toMatchObject({ userId: 'ann' })
  issuer.setBroken(false)
  expect(await authenticate(fresh)).toMatchObject({ userId: 'bob' })
})

test('many who come before the first keys are there wait for one load', async () => {
  const issuer = await startIssuer()
  const authenticate = create({ jwksUrl: issuer.jwksUrl })
  const tokens = await Promise.all(Array.from({ length: 50 }, (_, n) => issuer.sign(claims(`user-${n}`))))
  expect(await Promise.all(tokens.map((token) => authenticate(token)))).toHaveLength(50)
  expect(issuer.fetches).toBe(1)
})

test('each error of jose is either about the token, about time, or about the keys', () => {
  const make = (Kind: unknown): Error =>
    Reflect.construct(Kind as new () => Error, ['message', {}, 'aud', 'check_failed'])
  const meaning = ([name, Kind]: readonly [string, unknown]) => {
    const { code, details } = verificationError(make(Kind), Date.now())
    return [name, details['reason'] ?? code]
  }
  expect(Object.fromEntries(Object.entries(errors).map(meaning))).toEqual({
    JOSEError: 'SERVICE_UNAVAILABLE',
    JWTClaimValidationFailed: 'invalid',
    JWTExpired: 'expired',
    JOSEAlgNotAllowed: 'invalid',
    JOSENotSupported: 'invalid',
    JWEDecryptionFailed: 'invalid',
    JWEInvalid: 'invalid',
    JWSInvalid: 'invalid',
    JWTInvalid: 'invalid',
    JWKInvalid: 'SERVICE_UNAVAILABLE',
    JWKSInvalid: 'SERVICE_UNAVAILABLE',
    JWKSNoMatchingKey: 'early',
    JWKSMultipleMatchingKeys: 'early',
    JWKSTimeout: 'SERVICE_UNAVAILABLE',
    JWSSignatureVerificationFailed: 'invalid',
  })
})
