import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Data, type Device } from '../support/device.ts'

const TICKETS = 1_000
/** Tickets of which each agent claims one after the other, several at a time. */
const AT_A_TIME = 20
const UPSERT = 'mutation ($id: ID!) { upsertTicket(input: { id: $id }) { id } }'
const CLAIM = 'mutation ($id: ID!) { claimTicket(ticketId: $id) { ticket { assignee { userId } } } }'

interface Claimed {
  readonly won?: string
  readonly lostTo?: unknown
}

async function claim(device: Device, id: string): Promise<Claimed> {
  try {
    return { won: (await device.run(CLAIM, { id }))['claimTicket'].ticket.assignee.userId }
  } catch (error) {
    const { code, extensions } = error as { code: unknown; extensions: Data }
    expect([code, extensions['reason']]).toEqual(['CONFLICT', 'ASSIGNED_OTHERWISE'])
    return { lostTo: extensions['assignee'] }
  }
}

test('of two agents who claim a ticket at the same moment, one gets it, and the other learns who', async () => {
  const env = {
    MAX_OPERATIONS_PER_SECOND: '100000',
    MAX_USER_OPERATIONS_PER_SECOND: '100000',
    MAX_WRITES_PER_MINUTE: '100000',
  }
  const app = await startTestApp({ env })
  // Of two nodes, they are on different ones.
  const [kim, sam] = [await connectDevice(app, 'kim', 'agent'), await connectDevice(app, 'sam', 'agent')]
  const backend = await connectDevice(app, 'shop', 'backend')
  const ids = Array.from({ length: TICKETS }, (_, n) => `t${n}`)
  for (let start = 0; start < TICKETS; start += AT_A_TIME) {
    const some = ids.slice(start, start + AT_A_TIME)
    await Promise.all(some.map((id) => backend.run(UPSERT, { id })))
    await Promise.all(
      some.map(async (id, index) => {
        // Neither is always the first to ask.
        const order = index % 2 ? [kim, sam] : [sam, kim]
        const claims = await Promise.all(order.map((device) => claim(device, id)))
        const winners = claims.flatMap(({ won }) => won ?? [])
        expect(winners).toHaveLength(1)
        expect(claims.find(({ lostTo }) => lostTo)?.lostTo).toEqual({ userId: winners[0], name: winners[0] })
      }),
    )
  }
})
