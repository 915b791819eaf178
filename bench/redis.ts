import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { spawnPinned } from './cores.ts'

/** A Redis of the benchmark's own, without persistence. */
export interface Redis {
  readonly url: string
  readonly pid: number
  /** Forgets everything. */
  flush(): Promise<void>
  stop(): Promise<void>
}

const NAMES = ['redis-server', 'valkey-server']

/** The program to start; undefined where none is installed. */
export const findRedis = (): string | undefined => NAMES.find((name) => spawnSync(name, ['--version']).status === 0)

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

const isReady = async ({ stdout }: ChildProcess): Promise<boolean> => {
  if (!stdout) return false
  for await (const line of createInterface({ input: stdout })) {
    if (line.includes('eady to accept connections')) {
      stdout.resume()
      return true
    }
  }
  return false
}

const flush = async (port: number): Promise<void> => {
  const socket = connect(port, '127.0.0.1')
  socket.write('FLUSHALL\r\n')
  await once(socket, 'data')
  socket.destroy()
}

/** Starts it beside the load generator; `port` for one that comes back where it was. */
export const startRedis = async (program: string, port?: number): Promise<Redis> => {
  const own = port ?? (await freePort())
  const args = ['--port', String(own), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp']
  const child = spawnPinned('load', program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  if (!(await isReady(child))) throw new Error(`${program} ended before it was ready`)
  return {
    url: `redis://127.0.0.1:${own}`,
    pid: child.pid ?? 0,
    flush: () => flush(own),
    stop: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
