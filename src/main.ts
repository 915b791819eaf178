import { startApp } from './app.ts'
import { ConfigError, loadConfig } from './config.ts'
import { systemClock } from './lib/clock.ts'
import { AppError } from './lib/errors.ts'
import { createLog } from './lib/log.ts'

/** Starts Herald from the environment and stops it on SIGTERM or SIGINT. */
export const main = async (): Promise<void> => {
  const config = loadConfig(process.env)
  const log = createLog({ level: config.log.level, pretty: config.log.pretty ?? process.stderr.isTTY === true })
  const app = await startApp(config, { clock: systemClock, log })
  process.stdout.write(`Herald is ready: ${app.url}\n`)
  for (const { title, url } of app.links) process.stdout.write(`  ${title.padEnd(28)} ${url}\n`)

  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'stopping')
    app.close().then(
      () => process.exit(0),
      (err: unknown) => {
        log.fatal({ err }, 'did not stop cleanly')
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
}

main().catch((error: unknown) => {
  const isExpected =
    error instanceof AppError ||
    error instanceof ConfigError ||
    (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
  process.stderr.write(`${isExpected ? error.message : error instanceof Error ? error.stack : error}\n`)
  process.exit(1)
})
