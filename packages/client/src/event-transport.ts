import { createEventReader, type StreamEvent } from './event-stream.ts'
import type { HttpEndpoint } from './http-endpoint.ts'
import { cursorOf, type OperationSink, type Result, type Transport } from './operation.ts'
import type { Tokens } from './tokens.ts'
import type { Waiting } from './waiting.ts'
import { type Endpoint, tryWebSocket } from './web-socket.ts'

export interface EventTransportOptions extends HttpEndpoint {
  readonly tokens: Tokens
  readonly waiting: Waiting
  /** Called when Herald has answered, and when a stream broke or could not be opened. */
  readonly onHealth: (isWell: boolean) => void
}

/** What is needed where WebSockets are blocked, and loaded only then. */
export interface Fallback extends Transport {
  /** Whether WebSockets get through. */
  readonly tryWebSocket: (endpoint: Endpoint, signal: AbortSignal) => Promise<boolean>
}

type Request = Parameters<Transport['start']>[0]

/** The reasons of UNAUTHENTICATED for which another token helps. */
const ANOTHER_TOKEN: readonly unknown[] = ['expired', 'revoked', 'ended', 'early']

/** Whether a result says that the token has to be replaced. */
function needsToken({ errors }: Result): boolean {
  return ANOTHER_TOKEN.includes(errors?.[0]?.extensions?.['reason'])
}

/** Reads a body piece by piece; where that cannot be done, as in React Native, at its end. */
async function readPieces(response: Response, take: (piece: string) => void): Promise<void> {
  if (!response.body) return take(await response.text())
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    take(decoder.decode(value, { stream: true }))
  }
}

/**
 * Carries each operation by a request of its own, whose answer is a stream of Server-Sent Events. A log goes on behind its last event after a
 * break. Mutations are sent one after the other, since requests can overtake each other.
 */
export function createEventTransport(options: EventTransportOptions): Fallback {
  let mutations: Promise<unknown> = Promise.resolve()
  return {
    tryWebSocket,
    start: (request, sink, cursor) => {
      const ending = new AbortController()
      const run = (): Promise<void> => runOperation({ ...options, request, sink, cursor, ending: ending.signal })
      if (/^\s*mutation/.test(request.query ?? '')) mutations = mutations.then(run)
      else void run()
      return () => ending.abort()
    },
  }
}

interface Running extends EventTransportOptions {
  readonly request: Request
  readonly sink: OperationSink
  readonly cursor: string | undefined
  readonly ending: AbortSignal
}

/** Runs an operation until it is over, however often its stream breaks. Never rejects. */
async function runOperation(running: Running): Promise<void> {
  const { sink, ending, waiting, tokens, onHealth } = running
  const state = { cursor: running.cursor, attempt: 0, isFirst: true, isOver: false, lacksToken: false }
  const take = (result: Result): void => {
    if (ending.aborted || state.isOver || state.lacksToken) return
    if (needsToken(result)) {
      state.lacksToken = true
    } else if (result.data == null && result.errors) {
      state.isOver = true
      if (result.errors[0]?.extensions?.['code'] === 'UNAUTHENTICATED') tokens.refuse()
      sink.error(result.errors)
    } else {
      state.attempt = 0
      state.cursor = cursorOf(result) ?? state.cursor
      sink.next(result, state.isFirst)
      state.isFirst = false
    }
  }
  const onEvent = ({ type, data }: StreamEvent): void => {
    if (type === 'next') take(JSON.parse(data))
    if (type !== 'complete' || ending.aborted || state.isOver || state.lacksToken) return
    state.isOver = true
    sink.complete()
  }
  while (!ending.aborted && !state.isOver) {
    Object.assign(state, { isFirst: true, lacksToken: false })
    try {
      await requestOnce({ ...running, cursor: state.cursor }, onEvent, take)
    } catch {
      if (!ending.aborted) onHealth(false)
    }
    if (state.lacksToken) tokens.refuse()
    if (!ending.aborted && !state.isOver) await waiting.backoff(state.attempt)
    state.attempt += 1
  }
}

/** Sends the request and reads its answer. Resolves at its end; rejects when it breaks or is silent for too long. */
async function requestOnce(
  { url, fetch, tokens, times, request, cursor, ending, onHealth }: Running,
  onEvent: (event: StreamEvent) => void,
  take: (result: Result) => void,
): Promise<void> {
  const silence = new AbortController()
  const end = (): void => silence.abort()
  ending.addEventListener('abort', end)
  let timer = setTimeout(end, times.silence)
  try {
    const token = await tokens.held()
    const response = await fetch(url(), {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(cursor ? { 'last-event-id': cursor } : {}),
      },
      body: JSON.stringify(request),
      signal: silence.signal,
    })
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      // What is no answer of GraphQL comes from something in between.
      const answer = (await response.json()) as Result
      if (!answer.data && !answer.errors) throw new Error(`HTTP ${response.status}`)
      onHealth(true)
      take(answer)
      return onEvent({ type: 'complete', id: '', data: '' })
    }
    onHealth(true)
    const read = createEventReader(onEvent)
    await readPieces(response, (piece) => {
      clearTimeout(timer)
      timer = setTimeout(end, times.silence)
      read(piece)
    })
  } finally {
    clearTimeout(timer)
    ending.removeEventListener('abort', end)
  }
}
