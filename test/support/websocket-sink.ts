import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { WebSocketSink } from '../../src/delivery/websocket-sink.ts'
import { createAcknowledgements } from '../../src/resume/acknowledgements.ts'
import type { Checkpoints } from '../../src/resume/checkpoints.ts'
import { EVERYTHING } from './internals.ts'
import { openStrictClient, type StrictClient } from './strict-client.ts'

/** A sink of which nothing has to be acknowledged. */
export function openWebSocketSink(ws: WebSocket, tcp: Socket, internals = EVERYTHING): WebSocketSink {
  return new WebSocketSink(ws, tcp, createAcknowledgements({} as Checkpoints), internals)
}

/** Both ends of a WebSocket that ends with the test: the server's, and a client that takes nothing but what RFC 6455 allows. */
export async function openEnds(): Promise<{
  readonly ws: WebSocket
  readonly tcp: Socket
  readonly client: StrictClient
}> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const connection = once(server, 'connection')
  const client = await openStrictClient(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const [ws, { socket: tcp }] = (await connection) as [WebSocket, IncomingMessage]
  return { ws, tcp, client }
}
