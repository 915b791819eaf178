import { jwtVerify } from 'jose'

const secret = new TextEncoder().encode(process.env['JWT_SECRET'])

/** The user of a token, with or without `Bearer`; rejects when the token is not valid. */
export async function verifyUser(token: unknown): Promise<string> {
  const { payload } = await jwtVerify(String(token).replace('Bearer ', ''), secret)
  return payload.sub ?? ''
}
