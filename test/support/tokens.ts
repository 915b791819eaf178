import { SignJWT } from 'jose'

export const TEST_SECRET = 'a-secret-for-tests-on-loopback-only-32'
const key = new TextEncoder().encode(TEST_SECRET)
export type TokenRole = 'customer' | 'agent' | 'admin' | 'backend'

/** A token as a product's backend would sign it; `claims` replace the usual ones. */
export const signTestToken = (
  userId: string,
  role: TokenRole = 'customer',
  claims: Record<string, unknown> = {},
): Promise<string> =>
  new SignJWT({ sub: userId, role, name: userId, exp: Math.floor(Date.now() / 1000) + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(key)
