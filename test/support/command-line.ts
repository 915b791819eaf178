import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { TEST_SECRET } from './app.ts'

export const BIN = resolve(import.meta.dirname, '../../src/cli/herald.js')

/** Environment variables. */
export type Env = Readonly<Record<string, string>>

/** Starts `herald` with arguments; it is killed when the test is over. `flags` are Node's. */
export const start = (args: readonly string[], env: Env = {}, flags: readonly string[] = []): ChildProcess => {
  const child = spawn(process.execPath, [...flags, BIN, ...args], {
    env: { PATH: process.env['PATH'], JWT_SECRET: TEST_SECRET, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** How it ended and what it printed. */
interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `herald` to its end. */
export const herald = async (args: readonly string[], env?: Env, flags?: readonly string[]): Promise<Outcome> => {
  const child = start(args, env, flags)
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout!), text(child.stderr!)])
  return { code, stdout, stderr }
}
