import { SignJWT } from 'jose'
import { onTestFinished } from 'vitest'
import { startApp } from '../../src/app.ts'
import { type Environment, loadConfig } from '../../src/config.ts'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import type { Log } from '../../src/lib/log.ts'
import { silentLog } from './embedded.ts'
import { tempFolder } from './temp.ts'

export const TEST_SECRET = 'a-secret-for-tests-on-loopback-only-32'

const key = new TextEncoder().encode(TEST_SECRET)

/** The roles as tokens name them. */
export type TokenRole = 'customer' | 'agent' | 'admin' | 'backend'

/** A token as a product's backend would sign it; `claims` replace the usual ones. */
export const signTestToken = (
  userId: string,
  role: TokenRole = 'customer',
  claims: Record<string, unknown> = {},
): Promise<string> =>
  new SignJWT({ sub: userId, role, name: userId, exp: Math.floor(Date.now() / 1000) + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(key)

/** A whole Herald on a free port, with a database of its own. */
export interface TestApp {
  /** The GraphQL endpoint over HTTP. */
  readonly url: string
  /** The same over WebSocket. */
  readonly wsUrl: string
  token(userId: string, role?: TokenRole): Promise<string>
  close(): Promise<void>
}

export interface TestAppOptions {
  /** Configuration keys, over those of a test. */
  readonly env?: Environment
  readonly clock?: Clock
  readonly log?: Log
}

/** Starts Herald in this process and stops it when the test is over. */
export const startTestApp = async ({
  env,
  clock = systemClock,
  log = silentLog(),
}: TestAppOptions = {}): Promise<TestApp> => {
  const config = loadConfig({ PORT: '0', DATA_DIR: tempFolder(), JWT_SECRET: TEST_SECRET, DRAIN_MS: '0', ...env })
  const app = await startApp(config, { clock, log })
  onTestFinished(app.close)
  return { url: app.url, wsUrl: app.url.replace('http', 'ws'), token: signTestToken, close: app.close }
}
