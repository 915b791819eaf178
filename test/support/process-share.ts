import { readFileSync } from 'node:fs'

/** How long a thread has run, and how long it stood ready and waited for a processor, in nanoseconds (proc(5), schedstat). */
function readTimesOf(thread: string): { readonly ran: number; readonly waited: number } {
  const [ran = 0, waited = 0] = readFileSync(`/proc/${thread}/schedstat`, 'utf8').split(' ').map(Number)
  return { ran, waited }
}

function readTimes(pid: number) {
  return readTimesOf(`${pid}/task/${pid}`)
}

/** For how long this thread has waited for a processor since it began, in nanoseconds. */
export function waitedForProcessor(): number {
  return readTimesOf('thread-self').waited
}

/**
 * Begins to look at how much of the time in which a process had something to do it could do it: 1 on an idle machine, 0.2 where it
 * shared a processor with four others. Call what is returned for the share since then.
 */
export function watchShare(pid: number): () => number {
  const before = readTimes(pid)
  return () => {
    const { ran, waited } = readTimes(pid)
    const run = ran - before.ran
    return run / Math.max(1, run + waited - before.waited)
  }
}
