import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { Webhook } from 'standardwebhooks'
import type { Clock } from '../lib/clock.ts'
import { createPublicLookup, type FindAddresses } from '../lib/public-address.ts'
import type { BackendEvent } from './backend-event.ts'
import type { EventExit } from './event-exit.ts'

export interface WebhookOptions {
  /** The address, which `mistakeInWebhookUrl` found good. */
  readonly url: string
  /** The secrets, of `webhookSecretsIn`. Each signs every event, so that a receiver can change from one to the next. */
  readonly secrets: readonly string[]
  readonly clock: Clock
  /** Finds the addresses of a host. Left out: as the machine does. */
  readonly find?: FindAddresses
}

/** Requests under way at a time, so that a receiver is not flooded. */
const MAX_REQUESTS = 10
/** How long a receiver has for its answer, in milliseconds. */
const TIMEOUT_MS = 15_000
/** Bytes of an answer that are read, so that its connection can serve again. What sends more is cut off. */
const MAX_ANSWER_BYTES = 16_384

/** Reads the end of an answer, in which nothing is of interest, and cuts off what is too long. */
function readToEnd(response: IncomingMessage): void {
  let bytes = 0
  response.on('data', ({ length }: Buffer) => {
    bytes += length
    if (bytes > MAX_ANSWER_BYTES) response.destroy()
  })
  response.on('error', () => {})
}

/** The headers of Standard Webhooks for an attempt at this moment. */
function createSign(secrets: readonly string[], clock: Clock) {
  const webhooks = secrets.map((secret) => new Webhook(secret))
  return ({ id, body }: BackendEvent): Readonly<Record<string, string>> => {
    const at = new Date(clock.now())
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': webhooks.map((webhook) => webhook.sign(id, at, body)).join(' '),
    }
  }
}

/**
 * Sends events to a webhook, signed by Standard Webhooks. An answer with a status of 200 to 299 says that the backend has the event. It
 * follows no redirect, and connects to public addresses alone, or to this machine where the address names that.
 */
export function createWebhookExit({ url, secrets, clock, find }: WebhookOptions): EventExit {
  const target = new URL(url)
  const isHttps = target.protocol === 'https:'
  const settings = { keepAlive: true, maxSockets: MAX_REQUESTS, lookup: createPublicLookup(find) }
  const agent = isHttps ? new HttpsAgent(settings) : new HttpAgent(settings)
  const request = isHttps ? requestHttps : requestHttp
  const sign = createSign(secrets, clock)

  return {
    name: 'webhook',
    max: MAX_REQUESTS,
    send: (event) =>
      new Promise((resolve, reject) => {
        const body = Buffer.from(event.body)
        const headers = { 'content-type': 'application/json', 'content-length': body.length, 'user-agent': 'herald' }
        const sending = request(target, {
          agent,
          method: 'POST',
          headers: { ...headers, ...sign(event) },
          lookup: settings.lookup,
        })
        const cancel = clock.after(TIMEOUT_MS, () =>
          sending.destroy(new Error(`The webhook did not answer in ${TIMEOUT_MS / 1_000} seconds`)),
        )
        // It comes without an error, too, such as when the answer changes the protocol.
        sending.on('close', () => {
          cancel()
          reject(new Error('The webhook closed the connection without an answer'))
        })
        sending.on('error', reject)
        sending.on('response', (response) => {
          readToEnd(response)
          const { statusCode = 0 } = response
          if (statusCode >= 200 && statusCode < 300) resolve()
          else reject(new Error(`The webhook answered with the status ${statusCode}`))
        })
        sending.end(body)
      }),
    // Also destroys the connections of requests that are under way, which then fail.
    close: () => agent.destroy(),
  }
}
