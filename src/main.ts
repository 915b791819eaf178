import { startApp } from './app.ts'
import { loadConfig } from './config.ts'
import { findWarnings } from './config-warnings.ts'
import { describeFailure } from './failed-start.ts'
import { systemClock as clock } from './lib/clock.ts'
import { createLog } from './lib/log.ts'
import { startRestartable } from './restartable.ts'
import { listenForStop } from './stopping.ts'
import { joinWorkers } from './workers/join.ts'
import { WorkerFailed } from './workers/slot.ts'
import { countWorkers, startWorkers } from './workers/supervise.ts'

/** Ends the process with exit code 1, after printing why the start failed. A worker that has failed has often printed the reason itself. */
function fail(error: unknown): void {
  const isOfWorker = error instanceof WorkerFailed
  if (!isOfWorker) process.stderr.write(describeFailure(error))
  else if (!error.isExplained) process.stderr.write(`${error.message}\n`)
  process.exit(1)
}

/** Starts Herald as the environment configures it, in one process or several. Resolves when it serves. It stops on SIGTERM or SIGINT. */
export async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const worker = joinWorkers(process.env['HERALD_WORKER'], clock)
  const log = createLog({
    level: config.log.level,
    pretty: config.log.pretty ?? process.stderr.isTTY === true,
    worker: worker?.number,
  })
  if (!worker) for (const warning of findWarnings(process.env)) log.warn(warning)
  // npm sets this variable for the programs that it runs.
  const isOfNpm = process.env['npm_lifecycle_event'] !== undefined && !worker
  const stopping = listenForStop({ log, isOfNpm })
  const count = countWorkers(config.workers)
  const app =
    count > 1 && !worker
      ? await startWorkers({ ...config.server, hangMs: config.workerHangMs, count, clock, log, onGivenUp: fail })
      : config.isDevelopment && !worker
        ? await startRestartable(config, { clock, log }, fail)
        : await startApp(config, { clock, log, peerWorkers: worker })
  stopping.serve(app.close)
  if (worker) worker.ready({ url: app.url, links: [...app.links] })
  else {
    process.stdout.write(`Herald is ready: ${app.url}\n`)
    for (const { title, url } of app.links) process.stdout.write(`  ${title.padEnd(28)} ${url}\n`)
  }
}

main().catch(fail)
