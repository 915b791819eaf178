import { SignJWT } from 'jose'
import { inject, onTestFinished } from 'vitest'
import { type App, startApp } from '../../src/app.ts'
import { type Environment, loadConfig } from '../../src/config.ts'
import type { Internals } from '../../src/delivery/ws-internals.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { silentLog } from './embedded.ts'
import { newEnvironment } from './environment.ts'

export const TEST_SECRET = 'a-secret-for-tests-on-loopback-only-32'

const key = new TextEncoder().encode(TEST_SECRET)

/** The roles as tokens name them. */
export type TokenRole = 'customer' | 'agent' | 'admin' | 'backend'

/** A token as a product's backend would sign it; `claims` replace the usual ones. */
export function signTestToken(
  userId: string,
  role: TokenRole = 'customer',
  claims: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT({ sub: userId, role, name: userId, exp: Math.floor(Date.now() / 1000) + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(key)
}

/**
 * A whole Herald on free ports, in the set-up that this run is about. Of two nodes, devices take turns, so that who subscribes and
 * who sends are mostly on different ones.
 */
export interface TestApp {
  /** The GraphQL endpoint over HTTP. Of two nodes, that of the second. */
  readonly url: string
  /** The same over WebSocket. Of two nodes, that of the first. */
  readonly wsUrl: string
  /** Where the next device connects. */
  readonly deviceUrl: () => string
  readonly nodes: number
  /** Pages to open first. */
  readonly links?: App['links'] | undefined
  /** Its whole configuration: with it, another one finds what this one stored. */
  readonly env: Environment
  token(userId: string, role?: TokenRole): Promise<string>
  close(): Promise<void>
}

export interface TestAppOptions {
  /** Configuration keys, over those of a test. */
  readonly env?: Environment
  readonly clock?: Clock
  readonly log?: Log
  /** Found out when left out. */
  readonly internals?: Internals
}

/** Starts Herald in this process and stops it when the test is over. */
export async function startTestApp({
  env: own,
  clock = systemClock,
  log = silentLog(),
  internals,
}: TestAppOptions = {}): Promise<TestApp> {
  const base = own?.['DATA_DIR'] === undefined ? await newEnvironment() : {}
  const env: Environment = { PORT: '0', JWT_SECRET: TEST_SECRET, DRAIN_MS: '0', ...base, ...own }
  const nodes: App[] = []
  const close = async (): Promise<void> => {
    for (const node of nodes) await node.close()
  }
  onTestFinished(close)
  const count = inject('setup').redis && env['REDIS_URL'] ? 2 : 1
  for (let node = 0; node < count; node += 1) nodes.push(await startApp(loadConfig(env), { clock, log, internals }))
  const urls = nodes.map(({ url }) => url)
  const sockets = urls.map((url) => url.replace('http', 'ws'))
  let turn = 0
  return {
    url: urls.at(-1) ?? '',
    wsUrl: sockets[0] ?? '',
    deviceUrl: () => sockets[turn++ % count] ?? '',
    nodes: count,
    links: nodes.at(-1)?.links ?? [],
    env,
    token: signTestToken,
    close,
  }
}
