import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { inject, onTestFinished } from 'vitest'

/** A Redis of a test's own, without persistence. */
export interface RedisServer {
  readonly url: string
  /** Stops it in the middle of whatever it does: its sockets stay open and say nothing. */
  freeze(): void
  thaw(): void
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>
  /** Starts it again on the same port, empty. */
  start(): Promise<void>
}

const NAMES = ['redis-server', 'valkey-server']
const POLICY = '/usr/sbin/policy-rc.d'

const find = (): string | undefined => NAMES.find((name) => spawnSync(name, ['--version']).status === 0)

/** Debian starts the service of what it installs, unless this file forbids it. */
const withoutService = (install: () => void): void => {
  const isOurs = !existsSync(POLICY)
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (isOurs) rmSync(POLICY, { force: true })
  }
}

/** Installs the server from Debian's own packages. `flock`, because other test files may be doing the same. */
const install = (): void => {
  process.stderr.write('No redis-server in PATH: installing Debian\u2019s package with apt-get, once, for the tests.\n')
  const script = `
    command -v redis-server > /dev/null && exit
    apt-get -qq install -y --no-install-recommends redis-server ||
      { apt-get -qq update && apt-get -qq install -y --no-install-recommends redis-server; }`
  withoutService(() =>
    execFileSync('flock', ['/tmp/herald-tests-apt.lock', 'sh', '-c', script], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  )
}

const requireServer = (): string => {
  if (!find() && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install()
  const name = find()
  if (name) return name
  throw new Error(
    'These tests need a Redis. Install redis-server or valkey-server so that it is in PATH, or set TEST_REDIS_URL.',
  )
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

// The shell ends the server when its standard input closes, so that nothing stays behind, however the tests end.
const GUARD = '"$@" & echo "pid $!"; cat > /dev/null; kill -9 $!; wait'

const run = async (program: string, port: number): Promise<{ readonly pid: number; close(): Promise<unknown> }> => {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp']
  const child = spawn('sh', ['-c', GUARD, 'sh', program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  let pid = 0
  for await (const line of createInterface({ input: child.stdout })) {
    pid ||= Number(line.match(/^pid (\d+)/)?.[1] ?? 0)
    if (line.includes('eady to accept connections')) {
      child.stdout.resume()
      const close = (): Promise<unknown> => {
        child.stdin.end()
        return ended
      }
      return { pid, close }
    }
  }
  throw new Error(`${program} ended before it was ready`)
}

/** Starts a Redis. Close it to end it; it also ends when this process does. */
export const openRedis = async (): Promise<RedisServer & { close(): Promise<unknown> }> => {
  const program = requireServer()
  const port = await freePort()
  let server = await run(program, port)
  return {
    url: `redis://127.0.0.1:${port}`,
    freeze: () => process.kill(server.pid, 'SIGSTOP'),
    thaw: () => process.kill(server.pid, 'SIGCONT'),
    kill: async () => {
      await server.close()
    },
    start: async () => {
      server = await run(program, port)
    },
    close: () => server.close(),
  }
}

/** Starts a Redis that the test may freeze and kill; it ends with the test. */
export const startRedis = async (): Promise<RedisServer> => {
  const server = await openRedis()
  onTestFinished(async () => {
    await server.close()
  })
  return server
}

/** The Redis that all tests share, which none may freeze, kill or empty. */
export const useRedis = (): { readonly url: () => string } => ({ url: () => inject('redis') })

/** A key prefix that no other test has. */
export const newPrefix = (): string => `test-${randomBytes(6).toString('hex')}:`
