import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The server under test has one core, everything that puts load on it the other. */
const CORES = { server: 0, load: 1 } as const

export type Core = keyof typeof CORES

/** Whether processes can be kept apart: there are two cores, and `taskset`. */
export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Starts a program on its core, where there are two. It ends with this process. */
export function spawnPinned(core: Core, program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = canPin
    ? spawn('taskset', ['-c', String(CORES[core]), program, ...args], options)
    : spawn(program, args, options)
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}
