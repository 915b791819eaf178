import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { WebSocketSink } from '../../src/delivery/websocket-sink.ts'
import { createAcknowledgements } from '../../src/resume/acknowledgements.ts'
import type { Checkpoints } from '../../src/resume/checkpoints.ts'
import { EVERYTHING } from './internals.ts'

/** A sink of which nothing has to be acknowledged. */
export function openWebSocketSink(ws: WebSocket, tcp: Socket, internals = EVERYTHING): WebSocketSink {
  return new WebSocketSink(ws, tcp, createAcknowledgements({} as Checkpoints), internals)
}
