import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ask } from '../support/ask.ts'
import { startProcess } from '../support/process.ts'
import { openRawSocket } from '../support/raw-socket.ts'

const MIB = 1024 * 1024

/** About 4 KB, and like no other. */
function documentOf(name: string): string {
  return `query ${name} { ${Array.from({ length: 60 }, (_, at) => `... on Query { me { id name } } # ${'of many '.repeat(3)}${at}`).join('\n')}\n}`
}

function residentBytes(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

test('six hundred different documents, of strangers and of known users, leave nothing in a small process', async () => {
  // 300 of those took 144 MB.
  const heap = 'export NODE_OPTIONS=--max-old-space-size=112'
  const herald = await startProcess(
    {
      MAX_OPERATIONS_PER_SECOND: '1000000',
      MAX_USER_COST_PER_SECOND: '1000000',
      MAX_DOCUMENT_CACHE_BYTES: '8000000',
    },
    heap,
  )
  // Before strangers from here have used up what their address gets.
  const socket = await openRawSocket(herald.wsUrl)
  await socket.init({ token: await herald.token('ann') })
  const before = residentBytes(herald.child.pid)

  const askAnonymously = async (from: number): Promise<void> => {
    for (let n = 0; n < 75; n += 1) {
      const { body } = await ask(herald.url, documentOf(`Stranger${from}_${n}`))
      // Strangers get little: what is read of theirs is refused, and most is not read.
      expect(['UNAUTHENTICATED', 'RATE_LIMITED']).toContain(body['errors'][0].extensions.code)
    }
  }
  await Promise.all([0, 1, 2, 3].map(askAnonymously))

  for (let n = 0; n < 300; n += 1) {
    socket.subscribe(`${n}`, documentOf(`Known${n}`))
    expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { me: { id: 'ann' } } } })
    expect(await socket.next()).toMatchObject({ type: 'complete' })
  }
  expect(residentBytes(herald.child.pid) - before).toBeLessThan(120 * MIB)
}, 120_000)
