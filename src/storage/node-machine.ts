import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process, and the machine on which its number means something. */
export interface NodeProcess {
  /** The name of the machine, for people. */
  readonly host: string
  /** Names the boot of the machine and the PID namespace, in which `pid` means something. Empty where that cannot be known. */
  readonly machine: string
  readonly pid: number
}

function readMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // Not Linux: then a process is known to have gone only when its lease has run out.
    return ''
  }
}

/** Describes the process that runs this. */
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

/** Whether a process has certainly ended. That is known only of processes in the PID namespace of `own`; of others it is false. */
export function hasEnded({ machine, pid }: Pick<NodeProcess, 'machine' | 'pid'>, own: NodeProcess): boolean {
  return machine !== '' && machine === own.machine && !exists(pid)
}
