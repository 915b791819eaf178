// Receives what nobody saw, checks that Herald sent it, and prints the mail that a backend would send. Node.js alone; with the package
// "standardwebhooks": new Webhook(secret).verify(body, headers)
//   HANDOFF_SECRET=whsec_... node handoff.mjs        and Herald with HANDOFF_URL=http://127.0.0.1:3000/herald and the same secret
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'

const { HANDOFF_SECRET = '', PORT = '3000' } = process.env
const key = Buffer.from(HANDOFF_SECRET.replace('whsec_', ''), 'base64')
if (key.length < 24) throw new Error('Set HANDOFF_SECRET to the one that Herald has')

/** Whether Herald signed this body in the last five minutes. One of several signatures is enough, while a secret is changed. */
const isGenuine = (headers, body) => {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures = '' } = headers
  if (!(Math.abs(Date.now() / 1000 - Number(at)) < 300)) return false
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`)
  return signatures
    .split(' ')
    .map((one) => Buffer.from(one))
    .some((one) => one.length === expected.length && timingSafeEqual(one, expected))
}

/** Events that were taken. They can come twice, with the same id: a product asks its database, and keeps ids for a week. */
const known = new Set()

const take = ({ id, type, data }) => {
  if (known.has(id)) return
  if (type === 'inbox.unseen') {
    console.log(`To: ${data.userId}\nSubject: ${data.total} new notification${data.total === 1 ? '' : 's'}\n`)
    for (const { title, body } of data.notifications) console.log(`* ${title}${body ? `: ${body}` : ''}`)
    console.log('')
  }
  if (type === 'ticket.unseen') {
    console.log(`To: ${data.userId}\nSubject: Re: ${data.ticket.subject ?? 'your request'}\n`)
    // The author is null when that user was erased meanwhile.
    for (const { author, body, attachments } of data.messages) {
      const files = attachments.map(({ name }) => `[${name}]`)
      console.log(`${author?.name ?? author?.userId ?? 'Somebody'}: ${[body, ...files].join(' ').trim()}`)
    }
    console.log('')
  }
  known.add(id)
}

/** More than an event has, unless you set larger limits in Herald. */
const MAX_BYTES = 1_048_576

/** Anybody can send to this address, so nothing is taken for granted. */
const receive = async (request) => {
  const chunks = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) return 413
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks).toString()
  if (!isGenuine(request.headers, body)) return 401
  take(JSON.parse(body))
  // Only now, when it is stored: what is not answered comes again.
  return 204
}

const server = createServer((request, response) => {
  const answer = (status) => response.writeHead(status, { connection: 'close' }).end()
  receive(request).then(answer, () => answer(500))
})
server.listen(Number(PORT), '127.0.0.1', () => console.log(`ready: http://127.0.0.1:${server.address().port}/herald`))
