import { spawn, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { SECRET } from '../support/handoff.ts'
import { post } from '../support/process.ts'
import { openRawRequest } from '../support/raw-request.ts'

const FOLDER = resolve(import.meta.dirname, '../../examples/backends')
const EXAMPLES = [
  ['handoff.mjs', process.execPath],
  ['handoff.py', 'python3'],
] as const

const NOTIFY = /* GraphQL */ `
  mutation ($title: String!) {
    notify(input: { userIds: ["ann"], notification: { type: "a.b", title: $title, body: "Look", handOff: { afterSeconds: 0, unless: [READ] } } }) {
      notificationId
    }
  }
`

const TICKET = 'mutation { upsertTicket(input: { id: "42", subject: "A lamp", participants: [{ id: "ann" }] }) { id } }'
const SAY = 'mutation { sendTicketMessage(input: { ticketId: "42", body: "Are you there?" }) { isDuplicate } }'

/** Runs an example, and reads what it prints line by line. */
function start(program: string, file: string) {
  const child = spawn(program, [resolve(FOLDER, file)], {
    env: { ...process.env, HANDOFF_SECRET: SECRET, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async (): Promise<string> => (await lines.next()).value ?? ''
}

test.for(EXAMPLES.filter(([, program]) => spawnSync(program, ['--version']).status === 0))(
  '%s prints the mail for what nobody saw, and takes nothing that Herald has not signed',
  async ([file, program]) => {
    const line = start(program, file)
    const url = (await line()).replace('ready: ', '')
    const forged = JSON.stringify({
      id: 'x',
      type: 'inbox.unseen',
      data: { userId: 'eve', total: 1, notifications: [] },
    })
    const forgery = (signature: string) => ({
      'webhook-id': 'x',
      'webhook-timestamp': `${Math.floor(Date.now() / 1_000)}`,
      'webhook-signature': signature,
    })
    // The last one has as many characters as a real one, and more bytes.
    for (const signature of ['', 'v1,a v1,b', `v1,${'é'.repeat(44)}`]) {
      expect((await fetch(url, { method: 'POST', headers: forgery(signature), body: forged })).status).toBe(401)
    }
    // What breaks off in the middle, or goes on for ever, stops nobody.
    const [cut, huge] = [await openRawRequest(url), await openRawRequest(url)]
    cut.write('POST /herald HTTP/1.1\r\nhost: shop\r\ncontent-length: 10\r\n\r\nabc')
    cut.tcp.destroy()
    huge.write(`POST /herald HTTP/1.1\r\nhost: shop\r\ncontent-length: 10000000\r\n\r\n${'x'.repeat(2 ** 21)}`)
    await huge.ended
    const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
    const app = await startTestApp({
      env: { HANDOFF_URL: url, HANDOFF_SECRET: `${other},${SECRET}`, HANDOFF_TICKETS: 'customer=0:READ' },
    })
    await post(app.url, await app.token('shop', 'backend'), NOTIFY, { title: 'Ä new thing' })
    expect([await line(), await line(), await line(), await line()]).toEqual([
      'To: ann',
      'Subject: 1 new notification',
      '',
      '* Ä new thing: Look',
    ])
    await post(app.url, await app.token('shop', 'backend'), TICKET)
    await post(app.url, await app.token('sam', 'agent'), SAY)
    expect([await line(), await line(), await line(), await line(), await line()]).toEqual([
      '',
      'To: ann',
      'Subject: Re: A lamp',
      '',
      'sam: Are you there?',
    ])
    // A user was erased before the event was sent.
    const message = { author: null, body: '', attachments: [{ name: 'lamp.png' }] }
    const data = { userId: 'ann', ticket: { id: '43', subject: null }, messages: [message] }
    const erased = JSON.stringify({ id: 'y', type: 'ticket.unseen', data })
    const at = new Date()
    const signed = {
      'webhook-id': 'y',
      'webhook-timestamp': `${Math.floor(at.getTime() / 1_000)}`,
      'webhook-signature': new Webhook(SECRET).sign('y', at, erased),
    }
    expect((await fetch(url, { method: 'POST', headers: signed, body: erased })).status).toBe(204)
    expect([await line(), await line(), await line(), await line(), await line()].at(-1)).toBe('Somebody: [lamp.png]')
  },
)
