import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

/** What Node asks the kernel to hold unless it is told otherwise. */
const NODE_BACKLOG = 511
const CROWD = 1_500
const REQUEST = 'GET /live HTTP/1.1\r\nhost: herald\r\nconnection: close\r\n\r\n'

/** As many connections as this kernel lets a server hold, far more than by default. */
function crowdSize(): number {
  const most = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))
  if (most >= 2 * NODE_BACKLOG) return Math.min(CROWD, most)
  throw new Error(`The limit net.core.somaxconn is ${most}; this test can tell something from ${2 * NODE_BACKLOG} on.`)
}

test('a crowd that connects while the process is busy is held by the kernel, and all of it is answered', async () => {
  const size = crowdSize()
  const herald = await startProcess({ MAX_CONNECTIONS_PER_SECOND: '100000', DATA_DIR: tempFolder() })
  const { hostname, port } = new URL(herald.url)
  herald.child.kill('SIGSTOP')
  const crowd: Socket[] = []
  onTestFinished(() => {
    for (const socket of crowd) socket.destroy()
  })
  let connected = 0
  const answers = Array.from({ length: size }, () => {
    const socket = connect(Number(port), hostname, () => {
      connected += 1
    })
    crowd.push(socket)
    socket.write(REQUEST)
    return text(socket).catch(String)
  })
  // Whom the kernel does not hold gets no connection before the process goes on.
  await expect.poll(() => connected, { timeout: 15_000 }).toBe(size)
  herald.child.kill('SIGCONT')
  const lost = (await Promise.all(answers)).filter((answer) => !answer.startsWith('HTTP/1.1 200 OK\r\n'))
  expect(lost).toEqual([])
})
