import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { TestApp } from './app.ts'

/** A socket that remembers every message and counts every byte that reaches it. */
export interface Recorder {
  readonly messages: readonly string[]
  /** Bytes that came over TCP so far. */
  bytes(): number
  subscribe(id: string, query: string): void
  /** Waits until a message contains all of these texts, from message number `from` on. */
  until(from: number, ...texts: readonly string[]): Promise<void>
}

/** Connects and authenticates with bare frames. */
export async function openRecorder(app: TestApp, token: string): Promise<Recorder> {
  const messages: string[] = []
  const waiting: (() => void)[] = []
  const socket = new WebSocket(app.wsUrl, 'graphql-transport-ws')
  onTestFinished(() => socket.terminate())
  const tcp = new Promise<Socket>((resolve) => socket.once('upgrade', (response) => resolve(response.socket)))
  socket.on('message', (data) => {
    messages.push(String(data))
    for (const wake of waiting.splice(0)) wake()
  })
  const until: Recorder['until'] = async (from, ...texts) => {
    while (!messages.slice(from).some((message) => texts.every((text) => message.includes(text)))) {
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  const stream = await tcp
  await new Promise((resolve) =>
    socket.readyState === WebSocket.OPEN ? resolve(undefined) : socket.once('open', resolve),
  )
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
  await until(0, 'connection_ack')
  return {
    messages,
    until,
    bytes: () => stream.bytesRead,
    subscribe: (id, query) => socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } })),
  }
}
