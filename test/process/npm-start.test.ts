import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { TEST_SECRET } from '../support/app.ts'
import { BIN } from '../support/command-line.ts'
import { connectDevice } from '../support/device.ts'
import { until } from '../support/nodes.ts'
import { tempFolder } from '../support/temp.ts'

const ROOT = resolve(import.meta.dirname, '../..')

async function urlOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = line.match(/ready: (http:\S+)/)?.[1]
    if (url) return url
  }
  throw new Error('It ended before it was ready')
}

/** Runs a command in a process group of its own, which is killed when the test is over, and waits until Herald serves. */
async function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(command, args, {
    cwd: ROOT,
    detached: true,
    env: {
      ...{ PATH: process.env['PATH'], HOME: tempFolder(), DATA_DIR: tempFolder() },
      ...{ PORT: '0', JWT_SECRET: TEST_SECRET, LOG_LEVEL: 'error', DRAIN_MS: '300' },
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // All have ended.
    }
  })
  const url = await urlOf(child)
  const isServing = (): Promise<boolean> =>
    fetch(new URL('/live', url)).then(
      () => true,
      () => false,
    )
  return { child, url, isServing, ended: once(child, 'exit') }
}

/** A socket of a Herald, by now open; `code` resolves to what it was closed with. */
async function connect(url: string): Promise<{ readonly code: Promise<number> }> {
  const wsUrl = url.replace('http', 'ws')
  const device = await connectDevice({ deviceUrl: () => wsUrl }, 'alice')
  const { promise, resolve: closed } = Promise.withResolvers<number>()
  device.client.on('closed', (event) => closed((event as CloseEvent).code))
  await device.run('{ me { id } }')
  return { code: promise }
}

const NPM = ['npm', ['start', '--silent']] as const
const RESTART = 1012

describe('Herald under npm start', () => {
  test('drains and ends when npm alone gets SIGTERM, and npm waits for it', async () => {
    const { child, url, isServing, ended } = await run(...NPM)
    const { code } = await connect(url)
    child.kill('SIGTERM')
    await ended
    expect(await isServing()).toBe(false)
    expect(await code).toBe(RESTART)
  })

  test('drains at Ctrl-C, which npm passes on although the terminal has told everybody', async () => {
    const { child, url, isServing, ended } = await run(...NPM)
    const { code } = await connect(url)
    process.kill(-child.pid!, 'SIGINT')
    await ended
    expect(await code).toBe(RESTART)
    await until(async () => !(await isServing()))
  })

  test('drains and ends when npm is killed', async () => {
    const { child, url, isServing } = await run(...NPM)
    const { code } = await connect(url)
    child.kill('SIGKILL')
    expect(await code).toBe(RESTART)
    await until(async () => !(await isServing()))
  })
})

test('Herald stays when a parent ends that is not npm, such as a shell that somebody leaves', async () => {
  const shell = ['sh', ['-c', '"$0" "$1" start & wait', process.execPath, BIN]] as const
  const [left, ofNpm] = [await run(...shell), await run(...shell, { npm_lifecycle_event: 'start' })]
  for (const { child, ended } of [left, ofNpm]) {
    child.kill('SIGKILL')
    await ended
  }
  await until(async () => !(await ofNpm.isServing()))
  expect(await left.isServing()).toBe(true)
})
