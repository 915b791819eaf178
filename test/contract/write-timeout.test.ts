import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createWriteProgress, isWriteTimedOut } from '../../src/server/write-timeout.ts'
import { EITHER, EVERYTHING, NOTHING } from '../support/internals.ts'

const LARGE = Buffer.alloc(32 * 1024 * 1024)

/** Both ends of a connection; the far one does not read. */
async function open(): Promise<{ readonly near: Socket; readonly far: Socket }> {
  const server = createServer()
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connection = once(server, 'connection')
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [near] = (await connection) as [Socket]
  onTestFinished(() => {
    near.destroy()
    far.destroy()
  })
  far.pause()
  return { near, far }
}

/** Lets it take a good part of what waits, but not all. */
async function readSome(far: Socket): Promise<void> {
  let read = 0
  while (read < LARGE.length / 4) {
    const bytes = far.read() as Buffer | null
    if (bytes) read += bytes.length
    else await once(far, 'readable')
  }
}

test.each(EITHER)(
  'with %s, the write timeout of a peer that takes nothing is over after 30 seconds',
  async (_how, internals) => {
    const { near } = await open()
    near.write(LARGE)
    const progress = createWriteProgress()
    expect(isWriteTimedOut(progress, near, 0, internals)).toBe(false)
    expect(isWriteTimedOut(progress, near, 29_999, internals)).toBe(false)
    expect(isWriteTimedOut(progress, near, 30_000, internals)).toBe(true)
  },
)

test.each(EITHER)('with %s, that of one that takes a whole write is not', async (_how, internals) => {
  const { near, far } = await open()
  near.write(LARGE)
  near.write(LARGE)
  const progress = createWriteProgress()
  expect(isWriteTimedOut(progress, near, 0, internals)).toBe(false)
  while (near.writableLength > LARGE.length) await readSome(far)
  expect(near.writableLength).toBe(LARGE.length)
  expect(isWriteTimedOut(progress, near, 30_000, internals)).toBe(false)
})

test.each([
  ['a part of a large write counts as progress where that is seen', EVERYTHING, false],
  ['and does not where only whole writes are', NOTHING, true],
])('%s', async (_what, internals, isOver) => {
  const { near, far } = await open()
  near.write(LARGE)
  const progress = createWriteProgress()
  expect(isWriteTimedOut(progress, near, 0, internals)).toBe(false)
  await readSome(far)
  expect(near.writableLength).toBe(LARGE.length)
  expect(isWriteTimedOut(progress, near, 30_000, internals)).toBe(isOver)
})
