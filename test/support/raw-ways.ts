import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { signTestToken, type TestApp, type TokenRole } from './app.ts'

/** An operation whose variables are JSON text, which may say what no JavaScript value can. */
export interface RawOperation {
  readonly query: string
  /** The text of the variables. */
  readonly variables?: string
}

/** What was answered: a result, or the errors. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
export type RawAnswer = { readonly data?: any; readonly errors?: readonly any[] }

/** Asks an operation in one way and resolves to the first answer. */
export type RawWay = (operation: RawOperation) => Promise<RawAnswer>

function bodyOf({ query, variables = '{}' }: RawOperation): string {
  return `{"query":${JSON.stringify(query)},"variables":${variables}}`
}

/** A body of JSON, or the first result of an event stream, whose lines only end with a line feed. */
function answerOf(text: string): RawAnswer {
  const data = text.split('\n').find((line) => line.startsWith('data: {'))
  return JSON.parse(text.startsWith('{') ? text : (data?.slice('data: '.length) ?? '{}'))
}

function overHttp(url: string, authorization: string, accept: string): RawWay {
  return async (operation) => {
    const headers = { authorization, accept, 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body: bodyOf(operation) })
    return answerOf(await response.text())
  }
}

function overGet(url: string, authorization: string): RawWay {
  return async ({ query, variables = '{}' }) => {
    const search = new URLSearchParams({ query, variables })
    const response = await fetch(`${url}?${search}`, { headers: { authorization, accept: 'text/event-stream' } })
    return answerOf(await response.text())
  }
}

async function overWebSocket(url: string, authorization: string): Promise<RawWay> {
  const ws = new WebSocket(url, 'graphql-transport-ws')
  onTestFinished(() => ws.terminate())
  const answers = new Map<string, PromiseWithResolvers<RawAnswer>>()
  const opened = Promise.withResolvers<void>()
  ws.on('open', () => ws.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })))
  ws.on('message', (text) => {
    const { type, id, payload } = JSON.parse(String(text))
    if (type === 'connection_ack') opened.resolve()
    if (type === 'next') answers.get(id)?.resolve(payload)
    if (type === 'error') answers.get(id)?.resolve({ errors: payload })
  })
  ws.on('close', (code, reason) => {
    const error = new Error(`Closed with ${code} ${reason}`)
    opened.reject(error)
    for (const { reject } of answers.values()) reject(error)
  })
  await opened.promise
  let last = 0
  return (operation) => {
    last += 1
    const id = `${last}`
    const answer = Promise.withResolvers<RawAnswer>()
    answers.set(id, answer)
    ws.send(`{"id":"${id}","type":"subscribe","payload":${bodyOf(operation)}}`)
    return answer.promise
  }
}

/** The ways in which clients send text. GET takes queries and subscriptions only. */
export interface RawWays {
  readonly post: RawWay
  readonly sse: RawWay
  readonly get: RawWay
  readonly socket: RawWay
}

/** Opens all ways for a user. */
export async function openRawWays(app: TestApp, userId: string, role: TokenRole): Promise<RawWays> {
  const authorization = `Bearer ${await signTestToken(userId, role)}`
  return {
    post: overHttp(app.url, authorization, 'application/json'),
    sse: overHttp(app.url, authorization, 'text/event-stream'),
    get: overGet(app.url, authorization),
    socket: await overWebSocket(app.wsUrl, authorization),
  }
}
