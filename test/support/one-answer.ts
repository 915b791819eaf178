import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { TestApp } from './app.ts'

/** An operation as clients send it. */
export interface Operation {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** Sends an operation and resolves to the whole of what came first: status and text. */
export type OneAnswer = (operation: Operation) => Promise<string>

/** A stream that says nothing for so long has begun, and has nothing to say. */
const SILENCE_MS = 5_000
const SILENCE = 'no answer'

/** The text of a response up to its end or, of a stream, up to its first event. */
async function firstOf(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text()
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const event = text.split('\n\n').find((block) => block.includes('event: '))
    if (event !== undefined && text.includes(`${event}\n\n`)) return event
  }
  return text
}

function overHttp({ url }: TestApp, token: string | undefined, accept: string): OneAnswer {
  return async (operation) => {
    const abort = new AbortController()
    const response = await fetch(url, {
      method: 'POST',
      signal: abort.signal,
      headers: { 'content-type': 'application/json', accept, ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(operation),
    })
    const timer = setTimeout(() => abort.abort(), SILENCE_MS)
    try {
      return `${response.status} ${await firstOf(response)}`
    } catch {
      return `${response.status} ${SILENCE}`
    } finally {
      clearTimeout(timer)
      abort.abort()
    }
  }
}

async function overSocket({ wsUrl }: TestApp, token: string | undefined): Promise<OneAnswer> {
  const ws = new WebSocket(wsUrl, 'graphql-transport-ws')
  onTestFinished(() => ws.terminate())
  const open = new Map<string, (text: string) => void>()
  const acknowledged = Promise.withResolvers<void>()
  ws.on('open', () =>
    ws.send(JSON.stringify({ type: 'connection_init', payload: token && { authorization: `Bearer ${token}` } })),
  )
  ws.on('message', (data) => {
    const { id, type, payload } = JSON.parse(String(data))
    if (type === 'connection_ack') acknowledged.resolve()
    else if (id !== undefined) open.get(id)?.(`${type} ${JSON.stringify(payload)}`)
  })
  ws.on('close', (code, reason) => {
    acknowledged.reject(new Error(`Closed with ${code} ${reason}`))
    for (const answer of open.values()) answer(`closed ${code} ${reason}`)
  })
  await acknowledged.promise
  let last = 0
  return async (payload) => {
    // It would be silent about everything from now on, and everything would look the same.
    if (ws.readyState !== WebSocket.OPEN) throw new Error('The socket on which to ask is closed')
    last += 1
    const id = `${last}`
    const answer = new Promise<string>((resolve) => {
      open.set(id, resolve)
      setTimeout(resolve, SILENCE_MS, SILENCE).unref()
    })
    ws.send(JSON.stringify({ id, type: 'subscribe', payload }))
    const text = await answer
    open.delete(id)
    if (ws.readyState === WebSocket.OPEN) ws.send(JSON.stringify({ id, type: 'complete' }))
    return text
  }
}

/** The ways in which clients ask, each with who is asking. */
export async function openWays(
  app: TestApp,
  token: string | undefined,
): Promise<readonly (readonly [name: string, ask: OneAnswer])[]> {
  return [
    ['HTTP', overHttp(app, token, 'application/json')],
    ['SSE', overHttp(app, token, 'text/event-stream')],
    ['WebSocket', await overSocket(app, token)],
  ]
}
