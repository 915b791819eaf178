// Prints a token for a user, good for ten minutes. With the package jose: new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(key).
import { createHmac, randomUUID } from 'node:crypto'

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = Math.floor(Date.now() / 1000)
const claims = { sub: process.argv[2], role: 'customer', name: 'Alice', iat: now, exp: now + 600, jti: randomUUID() }
const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
const signature = createHmac('sha256', process.env.JWT_SECRET).update(content).digest('base64url')
console.log(`${content}.${signature}`)
