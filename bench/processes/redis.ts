import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { spawnPinned } from './cores.ts'

/** A Redis of the benchmark's own, without persistence. */
export interface Redis {
  readonly url: string
  /** Of the process that runs now. */
  readonly pid: number
  /** Forgets everything. */
  flush(): Promise<void>
  /** Channels that somebody is subscribed to. */
  channels(): Promise<number>
  /** Memory in use. */
  usedBytes(): Promise<number>
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>
  /** Starts it again where it was, empty. */
  start(): Promise<void>
}

const NAMES = ['redis-server', 'valkey-server']

/** The program to start; undefined where none is installed. */
export function findRedis(): string | undefined {
  return NAMES.find((name) => spawnSync(name, ['--version']).status === 0)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

async function isReady({ stdout }: ChildProcess): Promise<boolean> {
  if (!stdout) return false
  for await (const line of createInterface({ input: stdout })) {
    if (line.includes('eady to accept connections')) {
      stdout.resume()
      return true
    }
  }
  return false
}

async function run(program: string, port: number): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp']
  const child = spawnPinned('load', program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  if (!(await isReady(child))) throw new Error(`${program} ended before it was ready`)
  return child
}

/** The first piece of the answer to one command. */
async function ask(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`${command}\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString()
}

/** Starts it beside the load generator. */
export async function startRedis(program: string): Promise<Redis> {
  const port = await freePort()
  let child = await run(program, port)
  const figure = async (section: string, name: string): Promise<number> =>
    Number((await ask(port, `INFO ${section}`)).match(new RegExp(`${name}:(\\d+)`))?.[1] ?? Number.NaN)

  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid ?? 0
    },
    flush: async () => {
      await ask(port, 'FLUSHALL')
    },
    channels: () => figure('stats', 'pubsub_channels'),
    usedBytes: () => figure('memory', 'used_memory'),
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    start: async () => {
      child = await run(program, port)
    },
  }
}
