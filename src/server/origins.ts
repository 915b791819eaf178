import type { IncomingMessage } from 'node:http'
import { createOriginTest } from '../lib/origin.ts'

export interface OriginOptions {
  /** The origins that pages of the product come from; undefined when none is configured. */
  readonly origins: readonly string[] | undefined
  /** Whether only processes of this machine can connect. */
  readonly isLoopback: boolean
}

/** Whether the page that sent a request may use Herald. Programs other than browsers send no origin, and may. */
export type AllowsOrigin = (request: Pick<IncomingMessage, 'headers'>) => boolean

function hostOf(origin: string): URL | undefined {
  return URL.canParse(origin) ? new URL(origin) : undefined
}

/** Whether a host name or address always means this machine, such as `localhost` or `127.0.0.1`. */
function isLoopbackName(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname.toLowerCase())
}

/** Whether only this machine itself can connect from an address. */
function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && isLoopbackName(address.replace(/^::ffff:/, ''))
}

/** Whether the `Host` header names this machine. Any other name can be a foreign one that was made to resolve to this machine. */
function isLoopbackHost({ headers: { host } }: IncomingMessage): boolean {
  const url = hostOf(`http://${host}`)
  return url !== undefined && isLoopbackName(url.hostname)
}

/**
 * Headers by which proxies, tunnels and content networks say for whom they ask. They are needed because a proxy on this machine has an
 * address of this machine.
 */
const FORWARDED =
  /^(x-forwarded(-.+)?|forwarded|via|x-real-ip|x-(cluster-)?client-ip|true-client-ip|x-original-.+|cdn-loop|(cf|fastly|x-envoy|x-amzn|x-azure|tailscale|ngrok)-.+)$/

/**
 * Whether a request comes from a program or browser on this machine, and not through a proxy. A foreign name that was made to resolve to
 * this machine would be in `Host`.
 */
export function isFromThisMachine(request: IncomingMessage): boolean {
  return (
    isLoopbackAddress(request.socket.remoteAddress) &&
    isLoopbackHost(request) &&
    !Object.keys(request.headers).some((name) => FORWARDED.test(name))
  )
}

/**
 * The same, and not from another page, either. A page that wants to read another one by script sends an origin; opening a page does not.
 */
export function isFromHere(request: IncomingMessage): boolean {
  return isFromThisMachine(request) && request.headers.origin === undefined
}

/**
 * Returns the test of origins. It allows the configured origins and Herald's own. When none is configured and only this machine can
 * connect, it allows all origins of this machine.
 */
export function createAllowsOrigin({ origins, isLoopback }: OriginOptions): AllowsOrigin {
  const isConfigured = createOriginTest(origins ?? [])
  return ({ headers: { origin, host } }) => {
    if (origin === undefined || isConfigured(origin)) return true
    const url = hostOf(origin)
    if (!url) return false
    const isOwn = /^https?:$/.test(url.protocol) && url.host === host
    return isOwn || (origins === undefined && isLoopback && isLoopbackName(url.hostname))
  }
}
