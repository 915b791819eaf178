import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Order, Outcome } from './load.ts'
import { type Peer, SECRET } from './peers.ts'
import type { Usage } from './servers/measured.ts'

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** A Node process on a core of its own, where there are two. */
const start = (core: number, file: string, env: NodeJS.ProcessEnv): ChildProcess => {
  const node = [process.execPath, '--expose-gc', join(import.meta.dirname, file)]
  const [command = '', ...args] = canPin ? ['taskset', '-c', String(core), ...node] : node
  return spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

const answer = async <Answer>(child: ChildProcess): Promise<Answer> => {
  const stopped = once(child, 'exit').then(() => Promise.reject(new Error('The process ended')))
  const [message] = (await Promise.race([once(child, 'message'), stopped])) as [Answer]
  return message
}

const stop = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** A server under test. */
export interface Server {
  readonly url: string
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/** Starts a peer with an empty data folder, its limits out of the way. */
export const startServer = async ({ module }: Peer): Promise<Server> => {
  const folder = mkdtempSync(join(tmpdir(), 'herald-bench-'))
  const child = start(0, `servers/${module}`, {
    PORT: '0',
    DATA_DIR: folder,
    JWT_SECRET: SECRET,
    LOG_LEVEL: 'warn',
    MAX_CONNECTIONS_PER_SECOND: '1000000',
  })
  const { url } = await answer<{ url: string }>(child)
  return {
    url,
    usage: async () => {
      child.send('usage')
      return answer<Usage>(child)
    },
    stop: async () => {
      await stop(child)
      rmSync(folder, { recursive: true })
    },
  }
}

/** The load generator. */
export interface Load {
  order(order: Order): Promise<Outcome>
  stop(): Promise<void>
}

export const startLoad = (): Load => {
  const child = start(1, 'load.ts', {})
  return {
    order: async (order) => {
      child.send(order)
      const { outcome, error } = await answer<{ outcome: Outcome; error?: string }>(child)
      if (error) throw new Error(error)
      return outcome
    },
    stop: () => stop(child),
  }
}
