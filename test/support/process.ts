import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { signTestToken, TEST_SECRET, type TestApp } from './app.ts'
import { BIN, PASSED_ON } from './command-line.ts'

/** A Herald in a process of its own, as `npm start` runs it. */
export interface HeraldProcess extends Omit<TestApp, 'close' | 'nodes' | 'env'> {
  readonly child: ChildProcess
  /** Sends a signal; resolves with the exit code, or null when the signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** Starts a process and waits for its ready line; it is killed when the test is over. `before` are shell commands, such as a limit. */
export async function startProcess(env: Readonly<Record<string, string>>, before = 'true'): Promise<HeraldProcess> {
  const child = spawn('bash', ['-c', `${before} && exec "$0" "$@"`, process.execPath, BIN, 'start'], {
    env: { ...PASSED_ON, PORT: '0', JWT_SECRET: TEST_SECRET, LOG_LEVEL: 'error', DRAIN_MS: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    const [code] = await exited
    return code
  }
  onTestFinished(async () => {
    await stop('SIGKILL')
  })
  const died = exited.then(([code]) => Promise.reject(new Error(`Herald ended with ${code} before it was ready`)))
  died.catch(() => {})
  const url = await Promise.race([readyUrl(child), died])
  const wsUrl = url.replace('http', 'ws')
  return { url, wsUrl, deviceUrl: () => wsUrl, token: signTestToken, child, stop }
}

async function readyUrl({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('No standard output')
  for await (const line of createInterface({ input: stdout })) {
    const url = line.match(/ready: (http:\S+)/)?.[1]
    if (url) return url
  }
  throw new Error('Standard output ended without a ready line')
}

/** Runs an operation over HTTP and returns its data; throws when there are errors. */
export async function post(url: string, token: string, query: string, variables: unknown = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data: Record<string, unknown>; errors?: unknown }
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}
