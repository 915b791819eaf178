import type { IncomingMessage } from 'node:http'
import { createOriginTest } from '../lib/origin.ts'

export interface OriginOptions {
  /** Where the product's pages come from; undefined when not configured. */
  readonly origins: readonly string[] | undefined
  /** Only processes of this machine can connect. */
  readonly isLoopback: boolean
}

/** Whether a page may talk to Herald. What is no browser sends no origin, and may. */
export type AllowsOrigin = (request: Pick<IncomingMessage, 'headers'>) => boolean

function hostOf(origin: string): URL | undefined {
  return URL.canParse(origin) ? new URL(origin) : undefined
}

/** A name that always means this machine. */
function isLoopbackName(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname.toLowerCase())
}

/** An address that only this machine itself can come from. */
function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && isLoopbackName(address.replace(/^::ffff:/, ''))
}

/** Whether the `Host` header names this machine; anything else can be a foreign name that was made to resolve to it. */
function isLoopbackHost({ headers: { host } }: IncomingMessage): boolean {
  const url = hostOf(`http://${host}`)
  return url !== undefined && isLoopbackName(url.hostname)
}

/** By these headers proxies, tunnels and content networks say for whom they ask. A proxy on this machine looks like this machine. */
const FORWARDED =
  /^(x-forwarded(-.+)?|forwarded|via|x-real-ip|x-(cluster-)?client-ip|true-client-ip|x-original-.+|cdn-loop|(cf|fastly|x-envoy|x-amzn|x-azure|tailscale|ngrok)-.+)$/

/**
 * Whether somebody at this machine asks, and neither another page nor a proxy: a foreign name that was made to resolve to this machine would
 * stand in `Host`, and the script of a page that wants to read another one sends an origin, which opening a page does not.
 */
export function isFromHere(request: IncomingMessage): boolean {
  return (
    isLoopbackAddress(request.socket.remoteAddress) &&
    isLoopbackHost(request) &&
    request.headers.origin === undefined &&
    !Object.keys(request.headers).some((name) => FORWARDED.test(name))
  )
}

/** Allows the configured origins and Herald's own; when none is configured and only this machine can connect, all of it. */
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
