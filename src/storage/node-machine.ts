import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process, and on which machine its number means something. */
export interface NodeProcess {
  /** The name of the machine, for people. */
  readonly host: string
  /** Names the boot of the machine and the list of processes that this one sees; empty where that cannot be known. */
  readonly machine: string
  readonly pid: number
}

function readMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // Not Linux: then only time tells that a process has gone.
    return ''
  }
}

/** This process. */
export function thisProcess(): NodeProcess {
  return { host: hostname(), machine: readMachine(), pid: process.pid }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Whether a process has certainly ended: it was one of those that `own` sees, and is no more. */
export function hasEnded({ machine, pid }: Pick<NodeProcess, 'machine' | 'pid'>, own: NodeProcess): boolean {
  return machine !== '' && machine === own.machine && !exists(pid)
}
