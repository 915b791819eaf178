import { type Environment, loadConfig } from '../config.ts'
import { UsageError } from './command.ts'

/** The help text for the option `--url`, whose value goes to `endpointOf`. */
export const URL_HELP =
  '--url <url>      Where Herald is. Default: http://127.0.0.1:4000/graphql, with PORT if that is set.'

const SCHEMES: Readonly<Record<'http' | 'ws', readonly [plain: string, secure: string]>> = {
  http: ['http:', 'https:'],
  ws: ['ws:', 'wss:'],
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.username || url?.password)
    throw new UsageError('--url must have no user and password: a token says who asks.')
  if (!url || !['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol)) {
    throw new UsageError(`--url must be an address such as http://127.0.0.1:4000/graphql; it is "${text}".`)
  }
  return url
}

/**
 * The URL of the GraphQL endpoint for HTTP or WebSocket: the given one, or that of the Herald on this machine. Throws a UsageError for no
 * URL.
 */
export function endpointOf(option: string | undefined, env: Environment, kind: 'http' | 'ws'): string {
  const url = parse(option ?? `http://127.0.0.1:${loadConfig(env).server.port}/graphql`)
  if (url.pathname === '/') url.pathname = '/graphql'
  const isSecure = url.protocol === 'https:' || url.protocol === 'wss:'
  // Assigning `url.protocol` would not turn http into ws.
  return `${SCHEMES[kind][isSecure ? 1 : 0]}${url.href.slice(url.protocol.length)}`
}
