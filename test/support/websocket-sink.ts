import type { WebSocket } from 'ws'
import { WebSocketSink } from '../../src/delivery/websocket-sink.ts'
import { createAcknowledgements } from '../../src/resume/acknowledgements.ts'
import type { Checkpoints } from '../../src/resume/checkpoints.ts'

/** A sink of which nothing has to be acknowledged. */
export function openWebSocketSink(ws: WebSocket): WebSocketSink {
  return new WebSocketSink(ws, createAcknowledgements({} as Checkpoints))
}
