import fc from 'fast-check'
import { expect } from 'vitest'
import type { TestApp, TokenRole } from './app.ts'
import type { Data } from './device.ts'
import { pick } from './histories.ts'
import type { Network } from './proxy.ts'
import { CUTS, openAsk, openSocketFollower, walk } from './socket-follower.ts'

const CONTENT = 'id number visibility author { id role } body clientMessageId createdAt editedAt deletedAt'
const MESSAGES = `subscription Messages($id: ID!, $after: Cursor!) {
  ticketMessage(ticketId: $id, after: $after) { ${CONTENT} }
}`
const READ = `query ($id: ID!) { ticket(id: $id) {
  messages(last: 100) { nodes { ${CONTENT} } pageInfo { hasPreviousPage } resumeCursor }
} }`
const OPEN = 'mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }'
const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { id } } }'
const EDIT = 'mutation ($id: ID!, $body: String!) { editTicketMessage(id: $id, body: $body) { id } }'
const DELETE = 'mutation ($id: ID!) { deleteTicketMessage(id: $id) { id } }'

const PEOPLE = [
  ['ann', 'customer'],
  ['sam', 'agent'],
] as const
const WRITERS = ['ann', 'sam', 'shop'] as const

const device = fc.nat(1)
/** What happens to a ticket that a customer and one of the staff have open. Numbers pick one of what there is then. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('say'), who: fc.constantFrom(...WRITERS), isNote: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('edit', 'delete'), which: fc.nat(20) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('cut'), device, how: fc.constantFrom(...CUTS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('follow'), device, back: fc.nat(12) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('begun', 'settle'), device }) },
)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never
type Ask = Awaited<ReturnType<typeof openAsk>>

/** One history. */
export const socketTicketHistory = fc.array(step, { minLength: 5, maxLength: 25, size: 'max' })

function byId(messages: readonly Data[]) {
  return Object.fromEntries(messages.map((message) => [message['id'], message]))
}

/** A device that shows a conversation. */
async function openDevice(network: Network, user: readonly [string, TokenRole], ask: Ask, ticketId: string) {
  const read = async (): Promise<Data> => {
    const { messages } = (await ask(READ, { id: ticketId }))['ticket']
    expect(messages.pageInfo.hasPreviousPage).toBe(false)
    return messages
  }
  const shown = new Map<string, Data>()
  const { resumeCursor } = await read()
  const follower = await openSocketFollower(network, user, {
    log: MESSAGES,
    variables: { id: ticketId },
    cursor: resumeCursor,
    applyLog: ({ ticketMessage }) => {
      if (user[1] === 'customer') expect(ticketMessage.visibility).toBe('PUBLIC')
      shown.set(ticketMessage.id, ticketMessage)
    },
  })
  return {
    follower,
    compare: async (barrier: string) => {
      await follower.waitFor('the barrier', () => shown.has(barrier))
      expect(Object.fromEntries(shown)).toEqual(byId((await read())['nodes']))
      expect(follower.missed).toBe(0)
    },
  }
}

/** What can be done to a ticket, as its people do it. */
function openActs(as: Readonly<Record<(typeof WRITERS)[number], Ask>>, ticketId: string) {
  const said: { readonly id: string; readonly ask: Ask }[] = []
  const say = async (who: (typeof WRITERS)[number], isNote: boolean): Promise<string> => {
    const visibility = isNote && who !== 'ann' ? 'INTERNAL' : 'PUBLIC'
    const input = { ticketId, body: `said ${said.length}`, visibility }
    const { id } = (await as[who](SEND, { input }))['sendTicketMessage'].message
    said.push({ id, ask: as[who] })
    return id
  }
  const act = async (step: Step): Promise<unknown> => {
    if (step.do === 'say') return say(step.who, step.isNote)
    if (step.do !== 'edit' && step.do !== 'delete') return
    const message = pick(said, step.which)
    if (!message) return
    const { id, ask } = message
    const changing = step.do === 'edit' ? ask(EDIT, { id, body: `edited ${step.which}` }) : ask(DELETE, { id })
    // It is deleted already.
    return changing.catch((error) => expect(error).toMatchObject({ code: 'CONFLICT' }))
  }
  return { act, say }
}

/** Plays a history in a ticket of its own: each device shows what is stored for it, whenever things have settled. */
export async function playSocketTicket(
  app: TestApp,
  networks: readonly Network[],
  ticketId: string,
  steps: readonly Step[],
): Promise<void> {
  const as = {
    ann: await openAsk(app, 'ann'),
    sam: await openAsk(app, 'sam', 'agent'),
    shop: await openAsk(app, 'shop', 'backend'),
  }
  await as.shop(OPEN, { input: { id: ticketId, participants: [{ id: 'ann' }] } })
  const { act, say } = openActs(as, ticketId)
  const open = PEOPLE.map((user, index) => {
    const network = networks[index]
    return network ? [openDevice(network, user, as[user[0]], ticketId)] : []
  })
  const devices = await Promise.all(open.flat())
  const followers = devices.map(({ follower }) => follower)

  const settle = async (): Promise<void> => {
    const barrier = await say('sam', false)
    for (const { compare } of devices) await compare(barrier)
  }

  await walk(followers, steps, { act, settle })
}
