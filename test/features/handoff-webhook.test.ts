import { type AddressInfo, createServer } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished, test } from 'vitest'
import { mistakeInWebhookUrl, webhookSecretsIn } from '../../src/handoff/webhook-address.ts'
import { createWebhookExit, type WebhookOptions } from '../../src/handoff/webhook-exit.ts'
import { createPublicLookup } from '../../src/lib/public-address.ts'
import { createManualClock } from '../support/clock.ts'
import { SECRET } from '../support/handoff.ts'
import { openWebhookServer } from '../support/receiver.ts'

const EVENT = { id: 'e-1', type: 'inbox.unseen', body: '{"id":"e-1","text":"ä"}' }
const OTHER = `whsec_${Buffer.alloc(24, 9).toString('base64')}`

async function open(options: Partial<WebhookOptions> = {}) {
  const webhook = await openWebhookServer()
  const clock = createManualClock(Date.now())
  const exit = createWebhookExit({ url: webhook.url, secrets: [SECRET], clock, ...options })
  onTestFinished(exit.close)
  return { webhook, clock, exit }
}

test('an event is signed with every secret, for the moment of the attempt', async () => {
  const { webhook, exit } = await open({ secrets: [SECRET, OTHER] })
  await exit.send(EVENT)
  await exit.send(EVENT)
  const [first, second] = webhook.taken
  expect(first?.headers).toMatchObject({ 'webhook-id': 'e-1', 'content-type': 'application/json' })
  expect(second?.id).toBe('e-1')
  for (const secret of [SECRET, OTHER]) {
    const headers = first?.headers as Record<string, string>
    expect(new Webhook(secret).verify(first!.body, headers)).toEqual(JSON.parse(EVENT.body))
    expect(() => new Webhook(secret).verify(`${first!.body} `, headers)).toThrow()
  }
})

test('only an answer from 200 to 299 says that it was taken, and no redirect is followed', async () => {
  const { webhook, exit } = await open()
  const elsewhere = await openWebhookServer()
  for (const status of [200, 202, 299]) {
    webhook.answer((response) => response.writeHead(status).end('thanks'))
    await exit.send(EVENT)
  }
  for (const status of [301, 302, 307, 308, 400, 404, 410, 429, 500, 503]) {
    webhook.answer((response) => response.writeHead(status, { location: elsewhere.url }).end())
    await expect(exit.send(EVENT)).rejects.toThrow(`The webhook answered with the status ${status}`)
  }
  expect(elsewhere.received).toEqual([])
})

test('a receiver that does not answer is left after 15 seconds', async () => {
  const { webhook, exit, clock } = await open()
  webhook.answer(() => {})
  const sending = exit.send(EVENT)
  await webhook.came(1)
  clock.advance(14_999)
  webhook.answer((response) => response.writeHead(204).end())
  await exit.send(EVENT)
  clock.advance(1)
  await expect(sending).rejects.toThrow('did not answer in 15 seconds')
})

test('an answer without an end is cut off', async () => {
  const { webhook, exit } = await open()
  const cut = Promise.withResolvers<void>()
  webhook.answer((response) => {
    response.writeHead(200)
    response.on('close', cut.resolve)
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(4_096)));
    }
    response.on('drain', write)
    write()
  })
  await exit.send(EVENT)
  await cut.promise
})

test('a receiver that is away, or breaks off, is an error', async () => {
  const { webhook, exit } = await open()
  webhook.answer((response) => response.destroy())
  await expect(exit.send(EVENT)).rejects.toThrow('socket hang up')
  await webhook.close()
  await expect(exit.send(EVENT)).rejects.toThrow('ECONNREFUSED')
})

test('an answer that changes the protocol is an error', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { exit } = await open({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
  await expect(exit.send(EVENT)).rejects.toThrow('The webhook closed the connection without an answer')
})

test('a name is connected to only as long as all of its addresses are public', async () => {
  const answers = [
    '93.184.216.34',
    '10.0.0.1',
    '::1',
    '169.254.169.254',
    '::ffff:192.168.0.1',
    '64:ff9b::a00:1',
    'fd00::1',
    '100.64.0.1',
    '198.18.0.1',
    // As a resolver writes ::7f00:1.
    '::127.0.0.1',
    '64:ff9b:1::a00:1',
    'fec0::1',
    'fe80::1%2',
    '2606:2800:220:1::1',
  ]
  const isAllowed = (addresses: readonly string[], host = 'shop.example'): Promise<boolean> =>
    new Promise((resolve) => {
      const find = createPublicLookup((_host, done) =>
        done(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
      )
      find(host, { all: true }, (error) => resolve(error === null))
    })
  const allowed: string[] = []
  for (const address of answers) if (await isAllowed([address])) allowed.push(address)
  expect(allowed).toEqual(['93.184.216.34', '2606:2800:220:1::1'])
  expect(await isAllowed(['93.184.216.34', '127.0.0.1'])).toBe(false)
  expect(await isAllowed([])).toBe(false)
  expect(await isAllowed(['127.0.0.1', '::1'], 'localhost')).toBe(true)
  expect(await isAllowed(['127.0.0.1', '93.184.216.34'], 'localhost')).toBe(false)
  // The second time, the name has another address: the connection is not made.
  let asked = 0
  const { webhook } = await open()
  const url = webhook.url.replace('127.0.0.1', 'localhost')
  const exit = createWebhookExit({
    url,
    secrets: [SECRET],
    clock: createManualClock(),
    find: (_host, done) => done(null, [{ address: asked++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }]),
  })
  onTestFinished(exit.close)
  webhook.answer((response) => response.writeHead(204, { connection: 'close' }).end())
  await exit.send(EVENT)
  await expect(exit.send(EVENT)).rejects.toThrow('localhost has the address 10.0.0.1, which is not public')
  expect(webhook.received).toHaveLength(1)
})

test.each([
  ['https://shop.example/herald', undefined],
  ['https://203.0.113.9/herald', 'must have a public address'],
  ['https://8.8.8.8/herald', undefined],
  ['http://127.0.0.1:3000/herald', undefined],
  ['http://[::1]:3000/herald', undefined],
  ['http://localhost:3000/herald', undefined],
  ['http://shop.example/herald', 'must begin with https'],
  ['http://0x7f.1/herald', undefined],
  ['https://169.254.169.254/latest', 'must have a public address'],
  ['https://[::ffff:10.0.0.1]/', 'must have a public address'],
  ['https://10.0.0.1/', 'must have a public address'],
  ['https://[::7f00:1]/', 'must have a public address'],
  ['https://198.19.0.1/', 'must have a public address'],
  ['https://me:secret@shop.example/', 'must contain no name'],
  ['https://shop.example/#part', 'must have no part'],
  ['ftp://shop.example/', 'must be an https address'],
  ['shop.example', 'must be an https address'],
])('the address %s: %s', (url, mistake) => {
  const found = mistakeInWebhookUrl(url)
  if (mistake === undefined) expect(found).toBeUndefined()
  else expect(found).toContain(mistake)
})

test('secrets are those of Standard Webhooks', () => {
  expect(webhookSecretsIn(`${SECRET}, ${OTHER}\n`)).toEqual([SECRET, OTHER])
  for (const wrong of ['', 'whsec_', 'whsec_c2hvcnQ=', SECRET.slice(6), `${SECRET},`, `whsec_${'a'.repeat(120)}`]) {
    expect(() => webhookSecretsIn(wrong)).toThrow('must be whsec_ and 24 to 64 bytes in base64')
  }
  expect(() => webhookSecretsIn(Array(9).fill(SECRET).join(','))).toThrow('must not have more than 8')
})
