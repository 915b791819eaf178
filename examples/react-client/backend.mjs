// The backend of a small shop: it knows who its users are, signs their tokens, and tells Herald what happens.
import { createHmac } from 'node:crypto'

const { JWT_SECRET, HERALD_URL = 'http://127.0.0.1:4000/graphql' } = process.env

/** Who there is. A real shop knows its user by a session; this one believes `?user=`. */
const USERS = {
  alice: { sub: 'alice', role: 'customer', name: 'Alice' },
  bob: { sub: 'bob', role: 'agent', name: 'Bob' },
}

/** A token that says who somebody is. It is good for ten minutes. Herald checks it with the same secret. */
function signToken(claims) {
  if (!JWT_SECRET) throw new Error('Set JWT_SECRET to the same as for Herald.')
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iat: now, exp: now + 600, ...claims })}`
  return `${content}.${createHmac('sha256', JWT_SECRET).update(content).digest('base64url')}`
}

/** Does something at Herald as the backend. When this returns, Herald has stored it. */
async function ask(query, input) {
  const authorization = `Bearer ${signToken({ sub: 'shop', role: 'backend' })}`
  const response = await fetch(HERALD_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query, variables: { input } }),
  })
  const { errors } = await response.json()
  if (errors) throw new Error(errors[0].message)
}

const ROUTES = {
  /** Signs in. Alice has one ticket, of which Herald learns here. */
  '/token': async (user) => {
    await ask('mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }', {
      id: 'order-4711',
      subject: 'Where is order 4711?',
      participants: [{ id: 'alice', role: 'CUSTOMER', name: 'Alice' }],
    })
    return signToken(user)
  },
  /** Something happens of which the user is told. */
  '/buy': async (user) => {
    const notification = { type: 'order.sent', title: 'Your order is on its way', category: 'orders' }
    await ask('mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }', {
      userIds: [user.sub],
      notification,
    })
    return 'Told.'
  },
}

/** Answers what the shop is asked by its page; hands everything else on. */
export async function answer(request, response, next) {
  try {
    const { pathname, searchParams } = new URL(request.url, 'http://shop')
    const [route, user] = [ROUTES[pathname], USERS[searchParams.get('user')]]
    if (!route) return await next()
    if (!user) throw new Error('There is no such user.')
    response.end(await route(user))
  } catch (error) {
    response.writeHead(500).end(error.message)
  }
}
