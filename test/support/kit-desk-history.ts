import fc from 'fast-check'
import { expect } from 'vitest'
import type { TestApp } from './app.ts'
import type { Device } from './device.ts'
import { pick } from './histories.ts'
import { type DeskUser, openDeskUser, requireTrueCounts, settleDesk } from './kit-desk-user.ts'
import type { Network } from './proxy.ts'

const side = fc.nat(1)
const which = fc.nat(20)
const ticket = fc.nat(3)

/** What happens to tickets. Sides are 0 for the customer and 1 for the agent; numbers pick one of what there is then. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('send'), side, isNote: fc.boolean(), waits: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('edit', 'delete', 'react'), side, which }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write'), ticket }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('status'), ticket, status: fc.constantFrom('OPEN', 'PENDING', 'RESOLVED') }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('claim', 'release'), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('read', 'type'), side }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('cut'), side, how: fc.constantFrom('reset', 'end', 'halfOpen', 'stall') }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('older', 'more', 'reload'), side }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('come back') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle') }) },
)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** One history. */
export const kitDeskHistory = fc.array(step, { minLength: 5, maxLength: 25, size: 'max' })

/** How many tickets there are; the stores of conversations show the first one. */
const TICKETS = 4
const UPSERT = 'mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }'
const WRITE = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { isDuplicate } }'

/** Changes a message in the store of a user. One of somebody else is refused, and what is deleted cannot be changed. */
function changeMessage({ conversation }: DeskUser, change: 'edit' | 'delete' | 'react', number: number): unknown {
  const message = pick(conversation.getSnapshot().messages, number)
  if (!message) return undefined
  if (change === 'edit') return conversation.edit(message.id, 'edited').catch(() => {})
  if (change === 'delete') return conversation.delete(message.id).catch(() => {})
  return conversation.addReaction(message.id, '👍').catch(() => {})
}

/** Does what one user does in a step. */
async function actOf(user: DeskUser, step: Extract<Step, { readonly side: number }>, isStaff: boolean): Promise<void> {
  const { conversation, list, network } = user
  const visibility = isStaff && 'isNote' in step && step.isNote ? 'INTERNAL' : 'PUBLIC'
  if (step.do === 'cut') return network[step.how]()
  if (step.do === 'read') return void conversation.markAsRead()
  if (step.do === 'type') return conversation.typed()
  if (step.do === 'older') return conversation.loadMore()
  if (step.do === 'more') return list.loadMore()
  if (step.do === 'reload') {
    list.reload()
    return conversation.reload()
  }
  if (!('isNote' in step)) {
    if ('which' in step) await changeMessage(user, step.do, step.which)
    return
  }
  user.sent.push(conversation.send({ body: 'sent', visibility }))
  if (step.waits) await expect.poll(() => conversation.getSnapshot().outgoing).toEqual([])
}

/** Plays a history for a customer and an agent who are new, each behind a network of their own. */
export async function playKitDesk(
  app: TestApp,
  backend: Device,
  networks: readonly Network[],
  run: string,
  steps: readonly Step[],
): Promise<void> {
  const customer = { id: `customer-${run}`, role: 'CUSTOMER', name: 'Alice' }
  const ids = Array.from({ length: TICKETS }, (_, n) => `${run}-${n}`)
  const first = ids[0]!
  const upsert = (id: string | undefined, input: Record<string, unknown>) =>
    backend.run(UPSERT, { input: { id, ...input } })
  const users = [
    await openDeskUser(app, networks[0]!, { userId: customer.id, role: 'customer', ticketId: first }),
    await openDeskUser(app, networks[1]!, { userId: `agent-${run}`, role: 'agent', ticketId: first }),
  ] as const

  const act = async (step: Step): Promise<unknown> => {
    if ('side' in step) return actOf(users[step.side as 0 | 1], step, step.side === 1)
    if (step.do === 'write')
      return backend.run(WRITE, { input: { ticketId: ids[step.ticket], body: 'by mail', author: customer } })
    if (step.do === 'status') return upsert(ids[step.ticket], { status: step.status })
    if (step.do === 'come back') {
      const { conversation } = users[0]
      await upsert(first, { participants: [] })
      // Who was cut off meanwhile is told that there is no such ticket.
      const code = expect.stringMatching(/^(FORBIDDEN|NOT_FOUND)$/)
      await expect.poll(() => conversation.getSnapshot()).toMatchObject({ error: { code }, messages: [] })
      await upsert(first, { participants: [customer] })
      return conversation.reload()
    }
    if (step.do === 'settle') {
      for (const user of users) await settleDesk(user)
      return
    }
    const { list } = users[1]
    const one = pick(list.getSnapshot().tickets, step.which)
    return one && list[step.do](one.id).catch(() => {})
  }

  try {
    for (const id of ids) await upsert(id, { participants: [customer] })
    for (const user of users) await user.begin()
    for (const one of steps) await act(one)
    for (const user of users) await settleDesk(user)
    for (const user of users) await requireTrueCounts(user, ids)
    for (const { faults } of users) expect(faults).toEqual([])
  } finally {
    for (const user of users) await user.close()
  }
}
