import type { ServerResponse } from 'node:http'
import type { ErrorCode } from '../lib/errors.ts'
import type { Refusal } from './negotiation.ts'

/** Answers with JSON that must not be cached. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
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
