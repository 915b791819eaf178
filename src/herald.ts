import { startApp } from './app.ts'
import { loadConfig } from './config.ts'
import { systemClock as clock } from './lib/clock.ts'
import { createLog } from './lib/log.ts'

/** A Herald that runs in this process. */
export interface Herald {
  /** The GraphQL endpoint, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string
  /** Stops it: sockets are closed over `DRAIN_MS`, then the database is. Resolves when all is let go of. */
  close(): Promise<void>
}

/**
 * Starts Herald in this process, such as for the tests of a backend. The settings are those of the environment, by the same names:
 * `{ PORT: '0', DATA_DIR: folder, JWT_SECRET: secret }`. The environment itself is not read. Resolves when it serves. Rejects with an error
 * whose message says in a sentence what is wrong and what to set. It listens for no signals and starts no `WORKERS`.
 */
export async function startHerald(settings: Readonly<Record<string, string | undefined>> = {}): Promise<Herald> {
  const config = loadConfig(settings)
  const log = createLog({ level: config.log.level, pretty: config.log.pretty ?? false })
  const { url, close } = await startApp(config, { clock, log })
  return { url, close }
}
