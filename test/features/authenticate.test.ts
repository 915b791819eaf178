import { CompactSign, UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { expired, IN_AN_HOUR, invalid, NOW, SECRET, seconds, setUp, sign } from '../support/authenticate.ts'

test('reads who somebody is from their token', async () => {
  const { authenticate } = setUp()
  const token = await sign({
    sub: 'ann',
    role: 'agent',
    name: 'Ann',
    avatarUrl: 'https://a.example/ann.png',
    exp: IN_AN_HOUR,
  })
  expect(await authenticate(token)).toEqual({
    userId: 'ann',
    role: 'AGENT',
    name: 'Ann',
    avatarUrl: 'https://a.example/ann.png',
    expiresAt: IN_AN_HOUR * 1_000,
  })
})

test('takes who has no role for a customer, and leaves out what is unusable', async () => {
  const { authenticate } = setUp()
  const token = await sign({ sub: 42, name: ['Ann'], avatarUrl: 'javascript:alert(1)', exp: IN_AN_HOUR })
  expect(await authenticate(token)).toMatchObject({ userId: '42', role: 'CUSTOMER', name: null, avatarUrl: null })
})

/** A token whose claims are this text. */
function signText(claims: string): Promise<string> {
  return new CompactSign(Buffer.from(claims))
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(SECRET))
}

test.each(['1234567890123456781', '9007199254740993', '9007199254740991.4', '1e400', '1.00000000000000000001'])(
  'rejects the number %s as a sub, which would be that of somebody else',
  async (sub) => {
    const { authenticate } = setUp()
    for (const claims of [`{"sub":${sub},"exp":${IN_AN_HOUR}}`, `{"exp":${IN_AN_HOUR},"s\\u0075b" : ${sub} }`]) {
      await expect(authenticate(await signText(claims))).rejects.toMatchObject({
        ...invalid,
        message:
          'The token is not valid: its claim "sub" is a number that would become another one; it must be a text.',
      })
    }
  },
)

test('takes a sub that JavaScript holds exactly, whatever else the token says', async () => {
  const { authenticate } = setUp()
  const deep = `${'['.repeat(2_000)}${']'.repeat(2_000)}`
  const more = `"tenant":1234567890123456781,"note":"\\"sub\\":1e400","deep":${deep}`
  for (const [sub, userId] of [
    ['9007199254740991', '9007199254740991'],
    ['42.0', '42'],
    ['"1234567890123456781"', '1234567890123456781'],
  ]) {
    expect(await authenticate(await signText(`{"sub":${sub},"exp":${IN_AN_HOUR},${more}}`))).toMatchObject({ userId })
  }
})

test('takes a name and a picture whole, or not at all', async () => {
  const { authenticate } = setUp()
  const read = async (name: unknown, avatarUrl: unknown) => {
    const viewer = await authenticate(await sign({ sub: 'ann', name, avatarUrl, exp: IN_AN_HOUR }))
    return [viewer.name, viewer.avatarUrl]
  }
  const emoji = '😀'.repeat(256)
  expect(await read(emoji, '/a.png')).toEqual([emoji, '/a.png'])
  for (const name of ['😀'.repeat(257), 'a\nb', '\u200b', ' ', 'a\ud800', 7]) {
    expect(await read(name, 'https://a.example/a b.png')).toEqual([null, null])
  }
  for (const avatarUrl of [
    '//evil.example',
    '/\\evil.example',
    'https://',
    'ftp://a.example',
    `/${'x'.repeat(2_048)}`,
  ]) {
    expect(await read('Ann', avatarUrl)).toEqual(['Ann', null])
  }
})

test.each(['customer', 'agent', 'admin', 'backend'])('knows the role %s', async (role) => {
  const { authenticate } = setUp()
  expect((await authenticate(await sign({ sub: 'ann', role, exp: IN_AN_HOUR }))).role).toBe(role.toUpperCase())
})

test.each([['AGENT'], ['root'], [null], [['admin']], [''], [{ admin: true }]])('rejects the role %j', async (role) => {
  const { authenticate } = setUp()
  await expect(authenticate(await sign({ sub: 'ann', role, exp: IN_AN_HOUR }))).rejects.toMatchObject(invalid)
})

test.each([
  ['no sub', { exp: IN_AN_HOUR }],
  ['an empty sub', { sub: ' ', exp: IN_AN_HOUR }],
  ['a sub that is too long', { sub: 'x'.repeat(257), exp: IN_AN_HOUR }],
  ['a sub with a tab', { sub: 'a\tb', exp: IN_AN_HOUR }],
  ['a sub in which nothing can be seen', { sub: '\u200b\u3164', exp: IN_AN_HOUR }],
  ['a sub that is half a character', { sub: 'a\ud800', exp: IN_AN_HOUR }],
  ['the sub of the erased', { sub: 'erased', exp: IN_AN_HOUR }],
  ['a sub that is a fraction', { sub: 1.5, exp: IN_AN_HOUR }],
  ['a sub that is a list', { sub: ['ann'], exp: IN_AN_HOUR }],
  ['no exp', { sub: 'ann' }],
  ['an exp beyond all time', { sub: 'ann', exp: 1e18 }],
  ['an nbf that is no time', { sub: 'ann', exp: IN_AN_HOUR, nbf: 'tomorrow' }],
])('rejects a token with %s', async (_what, claims) => {
  const { authenticate } = setUp()
  await expect(authenticate(await sign(claims))).rejects.toMatchObject(invalid)
})

test('rejects what is signed otherwise, or not at all', async () => {
  const { authenticate } = setUp()
  const claims = { sub: 'ann', exp: IN_AN_HOUR }
  const good = await sign(claims)
  const tokens = [
    await sign(claims, { secret: 'another-secret-with-at-least-32-bytes' }),
    await sign(claims, { secret: `${SECRET}-and-so-long-that-it-does-for-hs512-as-well-xxxxx`, alg: 'HS512' }),
    new UnsecuredJWT(claims).encode(),
    `${good.slice(0, -4)}AAAA`,
    good.split('.').slice(0, 2).join('.'),
    'null',
    'x'.repeat(10_000),
    `${good}x`.repeat(3),
  ]
  for (const token of tokens) await expect(authenticate(token)).rejects.toMatchObject(invalid)
})

test('tells an expired token from one that was never good', async () => {
  const { authenticate, clock } = setUp()
  const token = await sign({ sub: 'ann', exp: seconds(NOW) + 10 })
  await authenticate(token)
  clock.advance(10_000)
  await expect(authenticate(token)).rejects.toMatchObject({ ...expired, message: 'The token has expired.' })
  await expect(authenticate(await sign({ sub: 'ann', exp: seconds(NOW) - 60 }))).rejects.toMatchObject(expired)
})

test('checks issuer and audience when they are configured', async () => {
  const { authenticate } = setUp({ secret: SECRET, issuer: 'https://id.example', audience: 'herald' })
  const claims = { sub: 'ann', exp: IN_AN_HOUR, iss: 'https://id.example', aud: ['herald', 'shop'] }
  expect(await authenticate(await sign(claims))).toMatchObject({ userId: 'ann' })
  await expect(authenticate(await sign({ ...claims, aud: 'shop' }))).rejects.toMatchObject({
    ...invalid,
    message: 'The token is not valid: its claim "aud" is wrong.',
  })
  await expect(authenticate(await sign({ ...claims, iss: 'https://evil.example' }))).rejects.toMatchObject(invalid)
  await expect(authenticate(await sign({ sub: 'ann', exp: IN_AN_HOUR, aud: 'herald' }))).rejects.toMatchObject({
    message: 'The token is not valid: its claim "iss" is missing.',
  })
})

test('reads the claims that are configured', async () => {
  const claims = { userId: 'uid', role: 'https://shop.example/role', name: 'nick', avatarUrl: 'picture' }
  const { authenticate } = setUp({ secret: SECRET, claims })
  const token = await sign({
    uid: 'ann',
    sub: 'other',
    [claims.role]: 'admin',
    nick: 'Annie',
    picture: '/ann.png',
    exp: IN_AN_HOUR,
  })
  expect(await authenticate(token)).toMatchObject({
    userId: 'ann',
    role: 'ADMIN',
    name: 'Annie',
    avatarUrl: '/ann.png',
  })
  await expect(authenticate(await sign({ sub: 'ann', exp: IN_AN_HOUR }))).rejects.toMatchObject({
    message: 'The token is not valid: its claim "uid" is missing.',
  })
})

test('needs one key, and not a short one', () => {
  expect(() => setUp({ secret: 'short' })).toThrow('32 bytes')
  expect(() => setUp({})).toThrow('either')
  expect(() => setUp({ secret: SECRET, jwksUrl: 'http://localhost/jwks' })).toThrow('either')
})

test('forgets the token that was not used for the longest time', async () => {
  const { authenticate } = setUp({ secret: SECRET, maxRemembered: 2 })
  const [old, used, fresh] = await Promise.all(['ann', 'bob', 'cid'].map((sub) => sign({ sub, exp: IN_AN_HOUR })))
  const first = [await authenticate(used!), await authenticate(old!)] as const
  await authenticate(used!)
  await authenticate(fresh!)
  expect(await authenticate(used!)).toBe(first[0])
  expect(await authenticate(old!)).not.toBe(first[1])
})
