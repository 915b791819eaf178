import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { canInstall, installPackage } from './apt-install.ts'

/** A Redis process that a test may freeze and kill. */
export interface RedisProcess {
  /** Stops it in the middle of whatever it does: its sockets stay open and say nothing. */
  freeze(): void
  thaw(): void
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>
  /** Starts it again with the same arguments. */
  start(): Promise<void>
}

/** A process, and how it ends with the tests. */
export type Opened<Server> = Server & { close(): Promise<void> }

const NAMES = ['redis-server', 'valkey-server']
/** Nothing on the disk, and replicas that get their data at once. */
const SETTINGS = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0']

function find(): string | undefined {
  return NAMES.find((name) => spawnSync(name, ['--version']).status === 0)
}

function requireServer(): string {
  if (!find() && canInstall()) installPackage('redis-server')
  const name = find()
  if (name) return name
  throw new Error(
    'These tests need a Redis. Install redis-server or valkey-server so that it is in PATH, or set TEST_REDIS_URL.',
  )
}

// The shell ends the server when its standard input closes, so that nothing stays behind, however the tests end.
const GUARD = '"$@" & echo "pid $!"; cat > /dev/null; kill -9 $!; wait'
/** What a server says when it is ready, and what a Sentinel says. */
const READY = /eady to accept connections|\+monitor master/

/** What a server says before it gives up. */
const HOPELESS = /FATAL|Failed|Exiting|aborting/

async function run(program: string, args: readonly string[]) {
  const child = spawn('sh', ['-c', GUARD, 'sh', program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const close = async (): Promise<void> => {
    child.stdin.end()
    await ended
  }
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (HOPELESS.test(line)) break
    if (!READY.test(line)) continue
    child.stdout.resume()
    return { pid: Number(said[0]?.match(/^pid (\d+)/)?.[1]), close }
  }
  await close()
  throw new Error(`${program} ended before it was ready:\n${said.join('\n')}`)
}

/** Starts a Redis with these arguments, on loopback and without persistence. A file of settings comes first in them. */
export async function openRedisProcess(args: readonly string[]): Promise<Opened<RedisProcess>> {
  const program = requireServer()
  const all = [...args, ...SETTINGS, ...(args.includes('--dir') ? [] : ['--dir', '/tmp'])]
  let server = await run(program, all)
  return {
    freeze: () => process.kill(server.pid, 'SIGSTOP'),
    thaw: () => process.kill(server.pid, 'SIGCONT'),
    kill: () => server.close(),
    start: async () => {
      server = await run(program, all)
    },
    close: () => server.close(),
  }
}
