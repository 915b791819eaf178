/** What a server process says of itself. */
export interface Usage {
  /** CPU time of the whole process so far, user and system, in microseconds. */
  readonly cpuUs: number
  /** Resident memory after a full collection, in bytes. */
  readonly rss: number
}

/** Tells the parent that the server listens, and answers each of its messages with the usage of this process. */
export const serveUsage = (url: string): void => {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    globalThis.gc?.()
    process.send?.({ cpuUs: user + system, rss: process.memoryUsage.rss() } satisfies Usage)
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ url })
}
