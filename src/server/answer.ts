import type { ServerResponse } from 'node:http'
import type { ErrorCode } from '../lib/errors.ts'
import type { Refusal } from './negotiation.ts'

function answer(response: ServerResponse, status: number, text: string, type: string | undefined): void {
  response.writeHead(status, {
    ...(type !== undefined && { 'content-type': `${type}; charset=utf-8` }),
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}

/** Answers with JSON that must not be cached. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  answer(response, status, JSON.stringify(body), 'application/json')
}

/** Answers with a status and a short text or none, such as 202 for an operation that was accepted. It must not be cached. */
export function answerText(response: ServerResponse, status: number, text = ''): void {
  answer(response, status, text, text === '' ? undefined : 'text/plain')
}

/** Answers with one GraphQL error, for requests that are refused before they reach GraphQL. */
export function answerError(response: ServerResponse, status: number, code: ErrorCode, message: string): void {
  answerJson(response, status, { errors: [{ message, extensions: { code } }] })
}

/** Answers with a refusal: its status, its headers and its error. */
export function answerRefusal(response: ServerResponse, { status, code, message, headers = {} }: Refusal): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  answerError(response, status, code, message)
}
