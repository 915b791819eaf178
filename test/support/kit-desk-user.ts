import { expect } from 'vitest'
import { createHeraldClient } from '../../packages/client/src/client.ts'
import { TICKET_LIST, TICKET_LIST_PAGE, TICKET_PAGE } from '../../packages/client/src/desk-documents.ts'
import type { ListedTicket, TicketMessage } from '../../packages/client/src/document-types.ts'
import { createTicket, type TicketStore } from '../../packages/client/src/ticket.ts'
import { createTicketList, type TicketListStore } from '../../packages/client/src/ticket-list.ts'
import { signTestToken, type TestApp, type TokenRole } from './app.ts'
import { connectDevice, type Device } from './device.ts'
import { SMALL_TIMES } from './kit.ts'
import type { Network } from './proxy.ts'

/** The stores of one user, watched at each of their states, and a device that asks without a network that fails. */
export interface DeskUser {
  readonly userId: string
  readonly ticketId: string
  readonly conversation: TicketStore
  readonly list: TicketListStore
  /** The options of the list. */
  readonly filter: object
  readonly device: Device
  readonly network: Network
  /** The ids of messages that were sent with the store. */
  readonly sent: string[]
  /** Each version of a ticket that the list has shown. */
  readonly listed: ReadonlySet<ListedTicket>
  /** What stores have shown that must not be. */
  readonly faults: readonly string[]
  /** Begins to look at the tickets, which are there now. */
  begin(): Promise<void>
  close(): Promise<void>
}

const PAGE = 3
const LIST_PAGE = 2
/** The cap of counts in these histories. */
export const CAP = 3

/** Opens the stores of a user behind a network that can fail. */
export async function openDeskUser(
  app: TestApp,
  network: Network,
  { userId, role, ticketId }: { readonly userId: string; readonly role: TokenRole; readonly ticketId: string },
): Promise<DeskUser> {
  const device = await connectDevice(app, userId, role)
  const client = createHeraldClient({
    url: `http://127.0.0.1:${network.port}/graphql`,
    token: () => signTestToken(userId, role),
    times: { ...SMALL_TIMES, retry: 20 },
  })
  const faults: string[] = []
  const requireOnce = (what: string, keys: readonly (string | null)[]): void => {
    if (new Set(keys).size < keys.length) faults.push(`${what} twice: ${keys}`)
  }
  const conversation = createTicket(client, ticketId, { pageSize: PAGE })
  conversation.subscribe(({ messages, outgoing, typing, viewers }) => {
    const numbers = messages.map(({ number }) => number)
    // One of mine can be answered before an earlier one of somebody else has come.
    if (numbers.some((number, n) => n > 0 && number <= (numbers[n - 1] ?? 0))) faults.push(`order: ${numbers}`)
    requireOnce(
      'message',
      [...messages, ...outgoing].map(({ clientMessageId }) => clientMessageId).filter((key) => key !== null),
    )
    requireOnce(
      'typing',
      typing.map(({ user, visibility }) => user.userId + visibility),
    )
    requireOnce(
      'viewer',
      viewers.map((viewer) => viewer.userId),
    )
  })
  // Staff sees the tickets of all histories.
  const filter = role === 'agent' ? { status: ['OPEN' as const], updatedSince: new Date().toISOString() } : {}
  const list = createTicketList(client, { filter, first: LIST_PAGE, counts: true })
  const listed = new Set<ListedTicket>()
  list.subscribe(({ tickets }) => {
    requireOnce(
      'ticket',
      tickets.map(({ id }) => id),
    )
    for (const one of tickets) listed.add(one)
  })
  const begin = async (): Promise<void> => {
    list.reload()
    await conversation.reload()
  }
  const close = async (): Promise<void> => {
    client.dispose()
    await device.close()
  }
  return { userId, ticketId, conversation, list, filter, device, network, sent: [], listed, faults, begin, close }
}

/** What is around a ticket and a list, as somebody finds it who begins now. */
async function askAround({ device, ticketId, filter }: DeskUser) {
  const IDS = 'viewers { userId } isCapped'
  const here = device.subscribe(`subscription ($id: ID!) { ticketPresence(ticketId: $id) { ${IDS} } }`, {
    id: ticketId,
  })
  const desk = device.subscribe(TICKET_LIST, { filter, first: 1, counts: true })
  const READS = 'readers { user { userId } lastReadNumber } staffReadNumber'
  const { ticket } = await device.run(`query ($id: ID!) { ticket(id: $id) { reads { ${READS} } } }`, { id: ticketId })
  const [{ ticketPresence }, { ticketList }] = [await here.next(), await desk.next()]
  here.stop()
  desk.stop()
  return {
    viewers: ticketPresence.viewers.map(({ userId }: { readonly userId: string }) => userId).sort(),
    reads: ticket.reads,
    counts: ticketList.counts,
  }
}

/** The same as a store shows it. */
function shownAround({ conversation, list }: DeskUser): Awaited<ReturnType<typeof askAround>> {
  const { viewers, reads } = conversation.getSnapshot()
  const readers = reads?.readers.map(({ user: { userId }, lastReadNumber }) => ({ user: { userId }, lastReadNumber }))
  return {
    viewers: viewers.map(({ userId }) => userId).sort(),
    reads: { readers, staffReadNumber: reads?.staffReadNumber },
    counts: list.getSnapshot().counts,
  }
}

/** All that a fresh query says, and what the stores show of it. Pages that were not loaded are not missing. */
async function compare(user: DeskUser) {
  const { device, ticketId, filter, conversation, list } = user
  const { ticket } = await device.run(TICKET_PAGE, { ticketId, last: 100 })
  const { tickets } = await device.run(TICKET_LIST_PAGE, { first: 100, filter })
  const { messages, hasMore, ticket: shown } = conversation.getSnapshot()
  const { tickets: listed, hasMore: hasFurther } = list.getSnapshot()
  const [all, stored]: [readonly ListedTicket[], readonly TicketMessage[]] = [tickets.nodes, ticket.messages.nodes]
  return {
    shown: { messages, listed, status: shown?.status, ...shownAround(user) },
    stored: {
      messages: hasMore ? stored.slice(-messages.length) : stored,
      listed: hasFurther ? all.slice(0, listed.length) : all,
      status: ticket.status,
      ...(await askAround(user)),
    },
    sent: stored.map(({ clientMessageId }) => clientMessageId),
  }
}

/** Waits until nothing is under way, and expects that the stores of a user show what a fresh query says, and that each message was sent once. */
export async function settleDesk(user: DeskUser): Promise<void> {
  const { conversation, list, sent } = user
  // What was sent while access was lost was refused.
  for (const { status, clientMessageId } of conversation.getSnapshot().outgoing) {
    if (status === 'failed') conversation.retry(clientMessageId)
  }
  const underWay = () => {
    const { outgoing, pending, isLoadingMore, status, typing } = conversation.getSnapshot()
    return { outgoing, pending, isLoadingMore, status, typing, list: list.getSnapshot().status }
  }
  const wanted = { outgoing: [], pending: 0, isLoadingMore: false, status: 'ready', typing: [], list: 'ready' }
  await expect.poll(underWay, { timeout: 10_000 }).toEqual(wanted)
  const isSame = async () => {
    const { shown, stored } = await compare(user)
    return JSON.stringify(shown) === JSON.stringify(stored) ? 'the same' : { shown, stored }
  }
  await expect.poll(isSame, { timeout: 10_000 }).toBe('the same')
  const { sent: stored } = await compare(user)
  for (const id of sent) expect(stored.filter((one) => one === id)).toHaveLength(1)
}

/**
 * Expects of each ticket that the list has ever shown that its count of unread messages was true then: that of the messages by others between
 * the mark and the last message, which it shows together. Those that were deleted at some time may be in it or not.
 */
export async function requireTrueCounts({ userId, device, listed }: DeskUser, ids: readonly string[]): Promise<void> {
  for (const ticketId of ids) {
    const { ticket } = await device.run(TICKET_PAGE, { ticketId, last: 100 })
    const others = (ticket.messages.nodes as readonly TicketMessage[]).filter(({ author }) => author.userId !== userId)
    for (const { id, unread, lastReadNumber, lastMessage } of listed) {
      if (id !== ticketId) continue
      const between = others.filter(
        ({ number }) => number > (lastReadNumber ?? 0) && number <= (lastMessage?.number ?? 0),
      )
      const least = between.filter(({ deletedAt }) => deletedAt === null).length
      const isTrue = unread.count >= Math.min(least, CAP) && unread.count <= between.length
      expect(isTrue, JSON.stringify({ id, unread, lastReadNumber, lastMessage, between })).toBe(true)
      expect(unread.isCapped && between.length <= CAP, 'capped though it is all').toBe(false)
    }
  }
}
