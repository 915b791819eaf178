import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished, vi } from 'vitest'
import { runCommandLine } from '../../src/cli/commands.ts'
import { TEST_SECRET } from './app.ts'

export const BIN = resolve(import.meta.dirname, '../../src/cli/herald.js')

/** What a process that tests start needs of the environment of the run; nothing else of that is passed on. */
export const PASSED_ON = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }

/** Environment variables. */
export type Env = Readonly<Record<string, string>>

/** Starts `herald` with arguments; it is killed when the test is over. `flags` are Node's. */
export function start(args: readonly string[], env: Env = {}, flags: readonly string[] = []): ChildProcess {
  const child = spawn(process.execPath, [...flags, BIN, ...args], {
    env: { ...PASSED_ON, JWT_SECRET: TEST_SECRET, ...env },
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

/** Runs a command that ends by itself and leaves nothing open in this process, which is much quicker than starting one. */
export async function heraldHere(args: readonly string[], env: Env = {}): Promise<Outcome> {
  const printed = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text)
      return true
    }),
  )
  try {
    await runCommandLine(args, { JWT_SECRET: TEST_SECRET, ...env })
    return { code: Number(process.exitCode ?? 0), ...printed }
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.exitCode = undefined
  }
}

/** Runs `herald` to its end. */
export async function herald(args: readonly string[], env?: Env, flags?: readonly string[]): Promise<Outcome> {
  const child = start(args, env, flags)
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout!), text(child.stderr!)])
  return { code, stdout, stderr }
}
