import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { STEPS } from '../support/small-schema.ts'
import { type SmallServer, startSmallServer } from '../support/small-server.ts'

const QUERY = '{ steps { taken } }'

/** Resolves when no step is taken any more; to how many there were. */
async function stepsOf({ stage }: SmallServer): Promise<number> {
  for (let before = -1; before !== stage.steps; ) {
    before = stage.steps
    // Each step is a turn of the event loop or two.
    for (let turn = 0; turn < 50; turn += 1) await setImmediate()
  }
  return stage.steps
}

/** Begins an operation; resolves to how its client goes. */
type Begin = (server: SmallServer, query: string) => Promise<() => void>

async function openSocket({ wsUrl }: SmallServer) {
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  return socket
}

async function post({ url }: SmallServer, query: string, accept: string): Promise<() => void> {
  const controller = new AbortController()
  const headers = { 'content-type': 'application/json', accept }
  fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }), signal: controller.signal }).catch(() => {})
  return () => controller.abort()
}

const ways: Readonly<Record<string, Begin>> = {
  'whose request was given up': (server, query) => post(server, query, 'application/json'),
  'whose event stream was given up': (server, query) => post(server, query, 'text/event-stream'),
  'whose socket was cut': async (server, query) => {
    const socket = await openSocket(server)
    socket.subscribe('1', query)
    return () => socket.ws.terminate()
  },
  'whose socket was closed': async (server, query) => {
    const socket = await openSocket(server)
    socket.subscribe('1', query)
    return () => socket.ws.close()
  },
  'that its client has ended': async (server, query) => {
    const socket = await openSocket(server)
    socket.subscribe('1', query)
    return () => socket.send({ type: 'complete', id: '1' })
  },
}

test.each(Object.entries(ways))('an operation %s is worked on no further', async (_, begin) => {
  const server = await startSmallServer()
  const go = await begin(server, QUERY)
  await expect.poll(() => server.stage.steps, { interval: 1 }).toBeGreaterThan(0)
  go()
  expect(await stepsOf(server)).toBeLessThan(STEPS)
  expect(server.lines.filter(({ level }) => Number(level) >= 50)).toEqual([])
})

test.each(Object.entries(ways))('a mutation %s is finished', async (_, begin) => {
  const server = await startSmallServer()
  const go = await begin(server, 'mutation { sayLate(text: "bye") { taken } }')
  await expect.poll(() => server.stage.waiting).toBe(1)
  go()
  for (let turn = 0; turn < 50; turn += 1) await setImmediate()
  server.stage.letGo()
  await expect.poll(() => server.stage.said).toEqual(['bye'])
})

test('an operation whose client waits is done to its end', async () => {
  const server = await startSmallServer()
  const socket = await openSocket(server)
  socket.subscribe('1', QUERY)
  const { payload } = await socket.next()
  expect(payload.data.steps).toHaveLength(STEPS)
  expect(payload.data.steps.at(-1)).toEqual({ taken: STEPS })
})
