// The backend of a small shop. It knows who its users are, and tells them things by Herald.
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const { JWT_SECRET, HERALD_URL = 'http://127.0.0.1:4000/graphql', PORT = '3000' } = process.env

/** A token that says who somebody is. It is good for ten minutes. Herald checks it with the same secret. */
function signToken(claims) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iat: now, exp: now + 600, ...claims })}`
  return `${content}.${createHmac('sha256', JWT_SECRET).update(content).digest('base64url')}`
}

/** Tells a user something. When this returns, Herald has stored it. */
async function notify(userId, notification, idempotencyKey) {
  const query = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
  const response = await fetch(HERALD_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${signToken({ sub: 'shop', role: 'backend' })}`,
    },
    body: JSON.stringify({ query, variables: { input: { userIds: [userId], notification, idempotencyKey } } }),
  })
  const { errors } = await response.json()
  if (errors) throw new Error(errors[0].message)
}

/** What each path of the shop answers. A real shop knows its user by a session; this one believes `?user=`. */
const ROUTES = {
  '/': async () => ['text/html; charset=utf-8', await readFile('inbox.html')],
  '/token': async (user) => ['text/plain', signToken({ sub: user, role: 'customer' })],
  '/pay': async (user, invoice) => {
    await notify(user, { type: 'invoice.paid', title: `Invoice ${invoice} is paid` }, `invoice-${invoice}`)
    return ['text/plain', `Told ${user}.\n`]
  },
}

/** The package graphql-ws, for the page. */
const library = async (path) => ['text/javascript', await readFile(`node_modules/graphql-ws/dist/${path}`)]

createServer(async (request, response) => {
  try {
    const { pathname, searchParams } = new URL(request.url, 'http://shop')
    const [, file] = pathname.match(/^\/graphql-ws\/([\w-]+\.js)$/) ?? []
    const route = file ? () => library(file) : ROUTES[pathname]
    if (!route) return response.writeHead(404).end()
    const [type, body] = await route(searchParams.get('user') ?? 'alice', searchParams.get('invoice') ?? '1')
    response.setHeader('content-type', type).end(body)
  } catch (error) {
    response.writeHead(500).end(`${error.message}\n`)
  }
}).listen(Number(PORT), '127.0.0.1', function ready() {
  console.log(`The shop is at http://127.0.0.1:${this.address().port}/`)
})
