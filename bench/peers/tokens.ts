import { SignJWT } from 'jose'

/** Signs the tokens of all servers in a run. */
export const SECRET = 'a-secret-for-benchmarks-on-loopback-only'

const key = new TextEncoder().encode(SECRET)

/** A token as a product's backend would sign it. */
export function sign(userId: string, role: string): Promise<string> {
  return new SignJWT({ role, name: 'Bench' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('1h')
    .sign(key)
}
