import { setTimeout } from 'node:timers/promises'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { storeBigUser } from '../support/big-user.ts'
import { connectDevice } from '../support/device.ts'
import { newEnvironment } from '../support/environment.ts'
import { NO_BUDGETS } from '../support/no-budgets.ts'
import { openOthers, tell } from '../support/others.ts'
import { openOutsider } from '../support/outsider.ts'
import { startProcess } from '../support/process.ts'
import { expectUndisturbed } from '../support/undisturbed.ts'
import { connectToWorker, startWorkers, workerPids } from '../support/workers.ts'

// What is done to one holds up nobody else. SQLite has one writer at a time: whoever holds something holds the whole file.
const hasOneWriter = inject('setup').database === 'sqlite'

function start(env: Environment) {
  return startProcess({ ...NO_BUDGETS, ...env } as Record<string, string>)
}

test('a writer in 10,000 tickets is erased, and nobody else notices', async () => {
  const env = await newEnvironment()
  const outsider = openOutsider(env)
  const seeding = await outsider.openStorage()
  const writer = { userId: 'writer', notifications: 500, tickets: 10_000, messagesPerTicket: 1 }
  await storeBigUser(seeding, writer)
  await seeding.close()

  const herald = await start(env)
  const connect = connectDevice.bind(undefined, herald)
  const { reads, writes, expectNothingLost } = await openOthers(connect)
  const [shop, agent] = [await connect('shop', 'backend'), await connect('sam', 'agent')]
  let turn = 0
  const acts = {
    ...reads,
    ...writes,
    'list tickets': () => agent.run('{ tickets(first: 20) { nodes { id } } }'),
    'answer in one of the tickets': () =>
      agent.run('mutation ($id: ID!) { sendTicketMessage(input: { ticketId: $id, body: "Hi" }) { message { id } } }', {
        id: `writer-${(turn++ * 37) % writer.tickets}`,
      }),
  }
  await expectUndisturbed(acts, async () => {
    const { eraseUser } = await shop.run('mutation { eraseUser(userId: "writer") { notifications messages } }')
    expect(eraseUser).toEqual({ notifications: writer.notifications, messages: writer.tickets })
  })
  await expectNothingLost()

  expect(await herald.stop('SIGTERM')).toBe(0)
  const storage = await outsider.openStorage()
  const left = await storage.read(async (tx) => [
    ...(await tx.selectFrom('messages').select('id').where('author_id', '=', 'writer').execute()),
    ...(await tx.selectFrom('participants').select('ticket_id').where('user_id', '=', 'writer').execute()),
    ...(await tx.selectFrom('inbox').select('notification_id').where('user_id', '=', 'writer').execute()),
    ...(await tx.selectFrom('tasks').selectAll().execute()),
  ])
  const answers = await storage.read((tx) =>
    tx.selectFrom('messages').select('id').where('author_id', '=', 'sam').execute(),
  )
  await storage.close()
  expect([left, answers.length]).toEqual([[], turn])
})

test('an inbox is locked for 6 s by somebody else, and only what has to waits', async () => {
  const env = await newEnvironment()
  const herald = await start(env)
  const connect = connectDevice.bind(undefined, herald)
  const { reads, writes, expectNothingLost } = await openOthers(connect)
  const [shop, held] = [await connect('shop', 'backend'), await connect('held')]
  await tell(shop, 'before', ['held'])
  const { hold } = openOutsider(env)
  const waiting = { 'notify the one': () => tell(shop, 'meanwhile', ['held', 'another']) }
  await expectUndisturbed(
    hasOneWriter
      ? reads
      : { ...reads, ...writes, 'list of the one': () => held.run('{ notifications { nodes { id } } }') },
    async () => {
      const letGo = await hold('held')
      await setTimeout(6_000)
      await letGo()
    },
    hasOneWriter ? { ...writes, ...waiting } : waiting,
  )
  await expectNothingLost()
})

function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It has been ended.
  }
}

/** Stops a process while it holds somebody's inbox. It goes on after the test. */
async function stopInTransaction(pid: number, isHeld: () => Promise<boolean>): Promise<void> {
  onTestFinished(() => resume(pid))
  const remains = async (): Promise<boolean> => {
    // Longer than others hold it, and than what was sent to the database takes.
    const until = performance.now() + 150
    while (performance.now() < until) {
      if (!(await isHeld())) return false
      await setTimeout(5)
    }
    return true
  }
  for (;;) {
    process.kill(pid, 'SIGSTOP')
    if (await remains()) return
    resume(pid)
    await setTimeout(20 * Math.random())
  }
}

test('a process is stopped in the middle of a transaction, and what waits for it is refused nothing', async () => {
  const env = await newEnvironment()
  const herald = await startWorkers({ ...NO_BUDGETS, ...env } as Record<string, string>)
  const [victim = 0] = workerPids(herald)
  const { reads, writes, expectNothingLost } = await openOthers((userId, role) =>
    connectToWorker(herald, 2, userId, role),
  )
  const [stopped, shop] = [
    await connectToWorker(herald, 1, 'shop', 'backend'),
    await connectToWorker(herald, 2, 'shop', 'backend'),
  ]
  const many = Array.from({ length: 1_000 }, (_, n) => `many-${n}`)
  const tellMany = (device: typeof shop, turn: number) => tell(device, `${turn}`, many, `turn-${turn}`)
  await tell(shop, 'before', many)
  const { isHeld } = openOutsider(env)
  let turns = 0
  let heldMs = 0
  const act = async (): Promise<void> => {
    let isOver = false
    const telling = (async () => {
      while (!isOver) await tellMany(stopped, turns++)
    })()
    // Its connection is cut, on SQLite.
    telling.catch(() => {})
    await stopInTransaction(victim, () => isHeld('many-0'))
    isOver = true
    const began = performance.now()
    await tell(shop, 'from another', ['many-0', 'another'])
    heldMs = performance.now() - began
    resume(victim)
  }
  await expectUndisturbed(hasOneWriter ? reads : { ...reads, ...writes }, act, hasOneWriter ? writes : {})
  expect(heldMs).toBeLessThan(10_000)
  await expectNothingLost()
  // Whoever got no answer asks again.
  for (let turn = 0; turn < turns; turn += 1) await tellMany(shop, turn)
  const device = await connectToWorker(herald, 2, 'many-0')
  const { notifications } = await device.run('{ notifications(first: 100) { nodes { title } } }')
  expect(notifications.nodes.map(({ title }: { title: string }) => title).toSorted()).toEqual(
    ['before', 'from another', ...Array.from({ length: turns }, (_, turn) => `${turn}`)].toSorted(),
  )
})
