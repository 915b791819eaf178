import { startApp } from './app.ts'
import { ConfigError, loadConfig } from './config.ts'
import { findNearMisses } from './config-warnings.ts'
import { systemClock as clock } from './lib/clock.ts'
import { AppError } from './lib/errors.ts'
import { createLog } from './lib/log.ts'
import { StartError } from './lib/start-error.ts'
import { listenForStop } from './stopping.ts'
import { joinWorkers } from './workers/join.ts'
import { WorkerFailed } from './workers/slot.ts'
import { countWorkers, startWorkers } from './workers/supervise.ts'

/** What says in words what is wrong; everything else is a bug, and where it happened is printed, too. */
const isExpected = (error: unknown): error is Error =>
  error instanceof AppError ||
  error instanceof ConfigError ||
  error instanceof StartError ||
  error instanceof WorkerFailed

const describe = (error: unknown): string => {
  if (isExpected(error)) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** The one way in which a start fails. */
const fail = (error: unknown): void => {
  if (!(error instanceof WorkerFailed && error.isExplained)) process.stderr.write(`${describe(error)}\n`)
  process.exit(1)
}

/** Starts Herald from the environment, in one process or several, and stops it on SIGTERM or SIGINT. */
export const main = async (): Promise<void> => {
  const config = loadConfig(process.env)
  const worker = joinWorkers(process.env['HERALD_WORKER'], clock)
  const log = createLog({
    level: config.log.level,
    pretty: config.log.pretty ?? process.stderr.isTTY === true,
    worker: worker?.number,
  })
  if (!worker) for (const warning of findNearMisses(process.env)) log.warn(warning)
  // Set by npm for what it runs.
  const isOfNpm = process.env['npm_lifecycle_event'] !== undefined && !worker
  const stopping = listenForStop({ log, isOfNpm })
  const count = countWorkers(config.workers)
  const app =
    count > 1 && !worker
      ? await startWorkers({ ...config.server, hangMs: config.workerHangMs, count, clock, log, onGivenUp: fail })
      : await startApp(config, { clock, log, siblings: worker })
  stopping.serve(app.close)
  if (worker) worker.ready({ url: app.url, links: [...app.links] })
  else {
    process.stdout.write(`Herald is ready: ${app.url}\n`)
    for (const { title, url } of app.links) process.stdout.write(`  ${title.padEnd(28)} ${url}\n`)
  }
}

main().catch(fail)
