import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { findRedis } from './processes/redis.ts'

/** What a result comes from. */
export interface Machine {
  readonly commit: string
  readonly date: string
  readonly cores: number
  readonly cpu: string
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
}

/** Describes this machine, and the code that runs on it. */
export function describeMachine(): Machine {
  return {
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    date: new Date().toISOString(),
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
  }
}

/** The Redis to start. Throws in one sentence what this machine lacks. */
export function requireRedis(): string {
  if (!existsSync('/proc/self/schedstat')) throw new Error('CPU times are read from /proc, so this needs Linux.')
  const program = findRedis()
  if (program) return program
  throw new Error('Events come over Redis: install redis-server or valkey-server (apt-get install redis-server).')
}

/** Files that a process has open beside its connections. */
const OTHER_FILES = 200

/** Whether a process may have so many connections. */
export function canHold(connections: number): boolean {
  const hard = readFileSync('/proc/self/limits', 'utf8').match(/Max open files\s+\S+\s+(\S+)/)?.[1]
  return hard === 'unlimited' || Number(hard) >= connections + OTHER_FILES
}
