import { at, type Line } from './imports.ts'
import type { Random } from './random.ts'

/** The customers, and one of the staff. */
export const CUSTOMERS = ['ann', 'ben'] as const
export const AGENT = 'sam'

const TICKETS = ['t1', 't2', 't3']
const SAM = { id: AGENT, role: 'AGENT' }

/** A file, in the order of its times but for its notifications, which come in any order. */
export function randomFile(random: Random, length: number): readonly Line[] {
  const lines: Line[] = []
  const messages = new Map<string, { id: string; isNote: boolean }[]>()
  const maybe = (minute: number) => (random.chance(0.4) ? at(minute + 1 + random.int(50)) : null)
  const writers: Readonly<Record<string, () => Line | undefined>> = {
    notification: () => {
      const minute = random.int(100_000)
      const marks = {
        seenAt: maybe(minute),
        readAt: maybe(minute),
        archivedAt: random.chance(0.2) ? at(minute + 9) : null,
      }
      const userId = random.pick(CUSTOMERS)
      return {
        kind: 'notification',
        id: `n${lines.length}`,
        userId,
        type: 'a.b',
        title: `${minute}`,
        createdAt: at(minute),
        ...marks,
      }
    },
    ticket: () => {
      const id = TICKETS.find((one) => !messages.has(one))
      if (id === undefined) return undefined
      messages.set(id, [])
      const participants = random.some(CUSTOMERS, 0.7).map((one) => ({ id: one }))
      const status = random.pick(['OPEN', 'PENDING', 'RESOLVED', 'CLOSED'])
      const assignee = random.chance(0.5) ? SAM : null
      return { kind: 'ticket', id, subject: id, status, assignee, participants, createdAt: at(lines.length) }
    },
    message: () => {
      if (messages.size === 0) return undefined
      const ticketId = random.pick([...messages.keys()])
      const said = messages.get(ticketId)!
      const author = random.chance(0.5) ? SAM : { id: random.pick(CUSTOMERS) }
      const isNote = author === SAM && random.chance(0.5)
      const id = `${said.length}`
      const replied = said.filter((one) => isNote || !one.isNote)
      const replyToId = replied.length > 0 && random.chance(0.3) ? random.pick(replied).id : null
      said.push({ id, isNote })
      const visibility = isNote ? 'INTERNAL' : 'PUBLIC'
      return {
        kind: 'message',
        id,
        ticketId,
        author,
        body: `${ticketId} ${id}`,
        visibility,
        replyToId,
        createdAt: at(lines.length),
      }
    },
    read: () => {
      const ticketId = random.pick(TICKETS)
      const user = random.chance(0.5) ? SAM : { id: random.pick(CUSTOMERS) }
      const mayRead = (messages.get(ticketId) ?? []).filter(({ isNote }) => user === SAM || !isNote)
      if (mayRead.length === 0) return undefined
      return { kind: 'read', ticketId, user, messageId: random.pick(mayRead).id }
    },
  }
  while (lines.length < length) {
    const line = writers[random.pick(['notification', 'ticket', 'message', 'message', 'message', 'read'])]?.()
    if (line) lines.push(line)
  }
  return lines
}

type Of = (kind: string) => readonly Line[]

function inboxOf(of: Of, userId: string) {
  const own = of('notification').filter((one) => one['userId'] === userId)
  const nodes = own
    .map(({ title, createdAt, seenAt, readAt, archivedAt }) => ({
      title,
      createdAt,
      seenAt: seenAt ?? readAt,
      readAt,
      archivedAt,
    }))
    .toSorted((a, b) => Number(b.title) - Number(a.title))
  const counted = nodes.filter(({ archivedAt }) => archivedAt === null)
  const unread = counted.filter(({ readAt }) => readAt === null).length
  return { nodes, unread: { count: unread, unseen: { count: counted.filter(({ seenAt }) => seenAt === null).length } } }
}

function ticketOf(of: Of, ticket: Line, userId: string) {
  const isStaff = userId === AGENT
  const said = of('message').filter(
    ({ ticketId, visibility }) => ticketId === ticket['id'] && (isStaff || visibility === 'PUBLIC'),
  )
  const numberOf = (id: unknown) => said.findIndex((one) => one['id'] === id) + 1
  const isBy = (one: unknown, id: string) => (one as { readonly id: string }).id === id
  const replied = said.filter(({ author, visibility }) => isBy(author, userId) && visibility === 'PUBLIC')
  const reads = of('read').filter(({ ticketId, user }) => ticketId === ticket['id'] && isBy(user, userId))
  const mark = Math.max(
    0,
    ...[...replied.map(({ id }) => id), ...reads.map(({ messageId }) => messageId)].map(numberOf),
  )
  const nodes = said.map(({ id, body, visibility, author, createdAt, replyToId }) => ({
    number: numberOf(id),
    ...{ body, visibility, createdAt, author: { userId: (author as { id: string }).id } },
    replyTo: replyToId === null ? null : { number: numberOf(replyToId) },
  }))
  return {
    ...{ id: ticket['id'], subject: ticket['subject'], status: ticket['status'], createdAt: ticket['createdAt'] },
    updatedAt: said.at(-1)?.['createdAt'] ?? ticket['createdAt'],
    assignee: isStaff && ticket['assignee'] ? { userId: AGENT } : null,
    participants: (ticket['participants'] as { id: string }[]).map(({ id }) => ({ user: { userId: id } })),
    lastReadNumber: mark || null,
    unread: { count: said.filter(({ author, id }) => !isBy(author, userId) && numberOf(id) > mark).length },
    lastMessage: nodes.length === 0 ? null : { number: nodes.length },
    messages: { nodes },
  }
}

/** What somebody may ask after an import: their inbox, and the tickets that they see with all that is in them. */
export const ALL = `{
  notifications(first: 100, filter: { archived: null }) {
    nodes { title createdAt seenAt readAt archivedAt } unread { count unseen { count } }
  }
  tickets(first: 10) {
    nodes {
      id subject status createdAt updatedAt assignee { userId } participants { user { userId } } lastReadNumber unread { count }
      lastMessage { number }
      messages(first: 100) { nodes { number body visibility createdAt author { userId } replyTo { number } } }
    }
    counts { unread { count } }
  }
}`

/** What the file says that the answer to `ALL` is. */
export function expectedOf(lines: readonly Line[], userId: string) {
  const of: Of = (kind) => lines.filter((line) => line['kind'] === kind)
  const isMine = ({ participants }: Line) =>
    userId === AGENT || (participants as { id: string }[]).some(({ id }) => id === userId)
  const tickets = of('ticket')
    .filter(isMine)
    .map((ticket) => ticketOf(of, ticket, userId))
    .toSorted((a, b) => String(b.updatedAt).localeCompare(String(a.updatedAt)))
  return {
    notifications: inboxOf(of, userId),
    tickets: { nodes: tickets, counts: { unread: { count: tickets.filter(({ unread }) => unread.count > 0).length } } },
  }
}
