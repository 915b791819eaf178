import { encodeEnvelope } from '../../src/bus/envelope.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { requireContent } from '../../src/notifications/content.ts'
import type { InboxEvent } from '../../src/notifications/inbox-events.ts'
import { inboxTopic } from '../../src/notifications/inbox-events.ts'
import { toUnmarked } from '../../src/notifications/inbox-rows.ts'
import type { Notification } from '../../src/notifications/notification.ts'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import { type MessagesChanged, messagesTopic } from '../../src/tickets/topics.ts'
import { graphqlWs } from './graphql-ws.ts'
import { AUTHOR, type Content, type Kind, type Peer, type Place, type Source, TICKET, userId } from './peer.ts'
import { sign } from './tokens.ts'

const ACTOR = { ...AUTHOR, avatarUrl: null }

const talk = graphqlWs((kind) =>
  kind === 'ticket'
    ? `subscription { ticketMessage(ticketId: "${TICKET}") { id number body createdAt author { id role name } } }`
    : 'subscription { notificationAdded { id revision body createdAt actor { id role name } } }',
)

/** Where a stream stands. */
interface Stand {
  readonly epoch: string
  revision: number
}

function messageOf({ body }: Content, revision: number): MessagesChanged {
  const item: TicketMessage = {
    id: crypto.randomUUID(),
    ticketId: TICKET,
    number: revision,
    revision,
    visibility: 'PUBLIC',
    author: ACTOR,
    body,
    data: null,
    attachments: [],
    replyToId: null,
    reactions: [],
    clientMessageId: null,
    createdAt: Date.now(),
    editedAt: null,
    deletedAt: null,
  }
  return { previous: revision - 1, revision, entries: [{ revision, item }] }
}

const INPUT = { type: 'bench.event', category: 'bench', title: 'Bench', actor: ACTOR }
const NOTIFICATION = toUnmarked(requireContent(INPUT, DEFAULT_LIMITS, 0))

function notificationOf({ body }: Content, { epoch, revision }: Stand): InboxEvent {
  const created = { id: crypto.randomUUID(), createdAt: Date.now() }
  const notification: Notification = { ...NOTIFICATION, ...created, body, revision, arrivedRevision: revision }
  const unread = { count: 99, isCapped: true, byCategory: [], revision }
  return { epoch, previous: revision - 1, revision, facts: [{ kind: 'added', revision, notification }], unread }
}

/** Asks Herald over HTTP, as a backend unless it is told otherwise; throws when the answer says that something is wrong. */
export async function askHerald(
  url: string,
  query: string,
  variables: object = {},
  token: Promise<string> = sign('bench', 'backend'),
): Promise<Readonly<Record<string, unknown>>> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await token}` }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
  const text = await response.text()
  if (!response.ok || text.includes('"errors"')) throw new Error(text)
  return JSON.parse(text).data
}

const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { isDuplicate } }'
const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { recipients } }'

/** Says something through the product itself: stored, then told. */
async function say(url: string, kind: Kind, userIds: readonly string[], { body }: Content): Promise<void> {
  const notification = { type: 'bench.event', title: 'Bench', body, actor: AUTHOR }
  if (kind === 'ticket') await askHerald(url, SEND, { input: { ticketId: TICKET, body } })
  else await askHerald(url, NOTIFY, { input: { userIds, notification } })
}

const CURSOR = /"cursor":"([\w-]+)"/

/** The stream that a result belongs to, and its place in it. */
function standOf(text: string): Stand {
  const cursor = text.match(CURSOR)?.[1] ?? ''
  const [, epoch, revision] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  return { epoch, revision }
}

/**
 * Events as another node tells them after a commit, on the bus, without the commit: so delivery is measured on equal terms with
 * peers that store nothing. Each stream goes on from where the first, stored event left it.
 */
async function open(kind: Kind, clients: number, { url, prefix }: Place): Promise<Source> {
  if (kind === 'ticket') await askHerald(url, `mutation { upsertTicket(input: { id: "${TICKET}" }) { id } }`)
  const stands: Stand[] = []
  const everyone = Array.from({ length: clients }, (_, index) => userId(index))

  return {
    store: (topic, content) => say(url, kind, topic === 'all' ? everyone : [userId(topic)], content),
    learn: (client, text) => {
      stands[kind === 'ticket' ? 0 : client] = standOf(text)
    },
    event: (topic, content) => {
      const stand = stands[topic]
      if (!stand) throw new Error('Herald has not said where a stream stands')
      stand.revision += 1
      const event = kind === 'ticket' ? messageOf(content, stand.revision) : notificationOf(content, stand)
      const { name } = kind === 'ticket' ? messagesTopic(TICKET, 'staff') : inboxTopic(userId(topic))
      return { channel: `${prefix}bus:${name}`, payload: encodeEnvelope({ node: 'bench', event }) }
    },
  }
}

/** As `npm start` does. */
const NODE_OPTIONS = '--max-semi-space-size=16'

export const herald: Peer = {
  ...talk,
  id: 'herald',
  name: 'Herald',
  module: 'herald.ts',
  nodeOptions: NODE_OPTIONS,
  stores: true,
  open,
}
