import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { readBytes } from '../../src/server/request-body.ts'

const MAX = 1_000
let open: { readonly server: Server; readonly client: Socket } | undefined

afterEach(() => {
  open?.client.destroy()
  open?.server.closeAllConnections()
  open?.server.close()
})

/** A request whose head has come, and the socket of its client, which sends what a test writes. */
async function begin(header: string): Promise<{ readonly request: IncomingMessage; readonly client: Socket }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => {})
  open = { server, client }
  client.write(`POST / HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`)
  const [request] = (await once(server, 'request')) as [IncomingMessage]
  return { request, client }
}

function read(request: IncomingMessage): Promise<string> {
  return readBytes(request, MAX, 'Too large.').then(String)
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

function refused(status: number, message: string) {
  return { message, extensions: { http: { status } } }
}

test('a body comes in pieces, up to its last byte', async () => {
  const { request, client } = await begin(`content-length: ${MAX}`)
  const body = read(request)
  client.write('a'.repeat(400))
  await once(request, 'data')
  client.write('b'.repeat(MAX - 400))
  expect(await body).toBe('a'.repeat(400) + 'b'.repeat(MAX - 400))
})

test('no body is an empty one', async () => {
  const { request } = await begin('content-length: 0')
  expect(await read(request)).toBe('')
})

test('one that says it is too long is refused before it comes', async () => {
  const { request } = await begin(`content-length: ${MAX + 1}`)
  await expect(read(request)).rejects.toMatchObject(refused(413, 'Too large.'))
  expect(request.readableFlowing).toBeNull()
})

test('one that does not say it is refused as soon as it is, and no more is read', async () => {
  const { request, client } = await begin('transfer-encoding: chunked')
  const body = read(request)
  client.write(chunk('a'.repeat(MAX)))
  client.write(chunk('b'))
  await expect(body).rejects.toMatchObject(refused(413, 'Too large.'))
  expect(request.isPaused()).toBe(true)
})

test('one that is cut is refused, before and while it is read', async () => {
  const { request, client } = await begin('content-length: 10')
  const body = read(request)
  client.write('half')
  await once(request, 'data')
  client.destroy()
  await expect(body).rejects.toMatchObject(refused(400, 'The body did not come to its end.'))
  await expect(read(request)).rejects.toMatchObject(refused(400, 'The body did not come to its end.'))
})
