import { type App, type Machine, startApp } from './app.ts'
import type { Config } from './config.ts'

/**
 * Starts Herald so that the demo can restart it: it drains and stops as at a deployment, and starts anew at the same address, in the same
 * process. Resolves when it serves. Closing waits for a restart that is under way. When Herald does not come back, `onFailure` is called.
 */
export async function startRestartable(
  config: Config,
  machine: Machine,
  onFailure: (error: unknown) => void,
): Promise<App> {
  const start = (port: number): Promise<App> =>
    startApp({ ...config, server: { ...config.server, port } }, { ...machine, restart })
  let isClosing = false
  let restarting: Promise<void> | undefined

  const restart = (): void => {
    if (isClosing || restarting !== undefined) return
    machine.log.info('restarting for the demo')
    restarting = current
      .close()
      .then(async () => {
        current = await start(Number(new URL(current.url).port))
        restarting = undefined
      })
      .catch(onFailure)
  }

  let current = await start(config.server.port)
  return {
    ...current,
    close: async () => {
      isClosing = true
      await restarting
      await current.close()
    },
  }
}
