import { readdirSync, readFileSync } from 'node:fs'

// CPU times of Linux, in milliseconds.

const TICK_MS = 10
/** Columns of the line `cpu` of /proc/stat that are time at work: user, nice, system, irq, softirq. */
const BUSY = [1, 2, 3, 6, 7]

/** What all threads of a process have used so far; nanoseconds of resolution. */
function cpuOfProcess(pid: number): number {
  const folder = `/proc/${pid}/task`
  return readdirSync(folder).reduce((sum, thread) => {
    try {
      return sum + Number(readFileSync(`${folder}/${thread}/schedstat`, 'latin1').split(' ')[0]) / 1e6
    } catch {
      return sum
    }
  }, 0)
}

/** What some processes have used so far. */
export function cpuOfProcesses(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuOfProcess(pid), 0)
}

/** What everybody on this machine has used so far; 10 ms of resolution. */
function cpuOfMachine(): number {
  const columns = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]?.split(/ +/) ?? []
  return BUSY.reduce((sum, column) => sum + Number(columns[column]) * TICK_MS, 0)
}

/** CPU that was used between two moments. */
export interface CpuUse {
  readonly ms: number
  /** Of the servers under test, all threads, milliseconds. */
  readonly serverMs: number
  readonly redisMs: number
  /** Of the load generator, as part of one core: near 1, it is what limits. */
  readonly generator: number
  /** Of everybody else on the machine, in cores. */
  readonly foreign: number
}

/** Begins to count; call what it returns for what was used since. */
export function startCpu(pids: { readonly servers: readonly number[]; readonly redis: number }): () => CpuUse {
  const read = () => ({
    at: performance.now(),
    server: cpuOfProcesses(pids.servers),
    redis: cpuOfProcess(pids.redis),
    own: cpuOfProcess(process.pid),
    all: cpuOfMachine(),
  })
  const begin = read()
  return () => {
    const end = read()
    const ms = end.at - begin.at
    const serverMs = end.server - begin.server
    const redisMs = end.redis - begin.redis
    const ownMs = end.own - begin.own
    const foreignMs = end.all - begin.all - serverMs - redisMs - ownMs
    return { ms, serverMs, redisMs, generator: ownMs / ms, foreign: Math.max(0, foreignMs / ms) }
  }
}
