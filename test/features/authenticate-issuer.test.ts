import { exportSPKI, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { early, IN_AN_HOUR, invalid, setUp, sign } from '../support/authenticate.ts'
import { startIssuer } from '../support/issuer.ts'

test.each(['RS256', 'ES256', 'EdDSA', 'PS256'])(
  'checks %s tokens with the keys of their issuer, fetched once',
  async (alg) => {
    const issuer = await startIssuer(alg)
    const { authenticate } = setUp({ jwksUrl: issuer.jwksUrl })
    for (const sub of ['ann', 'bob', 'ann']) {
      expect((await authenticate(await issuer.sign({ sub, exp: IN_AN_HOUR }))).userId).toBe(sub)
    }
    expect(issuer.fetches).toBe(1)
  },
)

test('does not take a public key for a shared secret', async () => {
  const issuer = await startIssuer()
  const { authenticate } = setUp({ jwksUrl: issuer.jwksUrl })
  const forged = await sign({ sub: 'ann', exp: IN_AN_HOUR }, { secret: await exportSPKI(issuer.publicKey) })
  await expect(authenticate(forged)).rejects.toMatchObject({
    ...invalid,
    message: 'The token is not valid: its algorithm is not allowed here.',
  })
  await expect(authenticate(new UnsecuredJWT({ sub: 'ann', exp: IN_AN_HOUR }).encode())).rejects.toMatchObject(invalid)
})

test('says so when the keys cannot be had, and goes on when they can', async () => {
  const issuer = await startIssuer()
  issuer.setBroken(true)
  const { authenticate } = setUp({ jwksUrl: issuer.jwksUrl })
  const token = await issuer.sign({ sub: 'ann', exp: IN_AN_HOUR })
  await expect(authenticate(token)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  issuer.setBroken(false)
  expect((await authenticate(token)).userId).toBe('ann')
})

test('keeps working with the keys it has while the issuer is away, and fetches new ones after a while', async () => {
  const issuer = await startIssuer()
  const { authenticate, clock } = setUp({ jwksUrl: issuer.jwksUrl })
  const claims = { exp: IN_AN_HOUR }
  await authenticate(await issuer.sign({ ...claims, sub: 'ann' }))
  issuer.setBroken(true)
  clock.advance(600_000)
  expect((await authenticate(await issuer.sign({ ...claims, sub: 'bob' }))).userId).toBe('bob')
  await expect.poll(() => issuer.fetches).toBe(2)
  issuer.setBroken(false)
  await issuer.rotate()
  clock.advance(600_000)
  await authenticate(await issuer.sign({ ...claims, sub: 'cid' })).catch(() => {})
  await expect.poll(() => issuer.fetches).toBe(3)
  await expect
    .poll(async () => (await authenticate(await issuer.sign({ ...claims, sub: 'cid' })).catch(() => undefined))?.userId)
    .toBe('cid')
})

test('no longer honours a token it remembers when its key was withdrawn', async () => {
  const issuer = await startIssuer()
  const { authenticate, clock } = setUp({ jwksUrl: issuer.jwksUrl })
  const token = await issuer.sign({ sub: 'ann', exp: IN_AN_HOUR })
  for (let n = 0; n < 3; n += 1) expect((await authenticate(token)).userId).toBe('ann')
  await issuer.rotate()
  issuer.withdrawOldKeys()
  clock.advance(600_000)
  await authenticate(token)
  await expect.poll(() => issuer.fetches).toBe(2)
  // Its client gets a token of the new key when it asks for a fresh one.
  await expect.poll(() => authenticate(token).catch((error: unknown) => error)).toMatchObject(early)
})

test('remembers tokens as long as their keys stay the same', async () => {
  const issuer = await startIssuer()
  const { authenticate, clock } = setUp({ jwksUrl: issuer.jwksUrl })
  const token = await issuer.sign({ sub: 'ann', exp: IN_AN_HOUR })
  await authenticate(token)
  const viewer = await authenticate(token)
  clock.advance(600_000)
  await authenticate(token)
  await expect.poll(() => issuer.fetches).toBe(2)
  // The same object: nothing was verified anew.
  expect(await authenticate(token)).toBe(viewer)
})
