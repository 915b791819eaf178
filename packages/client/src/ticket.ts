import type { HeraldClient } from './client.ts'
import { createClientStore, shared } from './client-store.ts'
import {
  ADD_REACTION,
  DELETE_MESSAGE,
  EDIT_MESSAGE,
  MARK_TICKET_AS_READ,
  REMOVE_REACTION,
  SEND_MESSAGE,
  SET_TYPING,
} from './desk-documents.ts'
import type { SendMessageResult, SetTypingResult, TicketMessage, Visibility } from './document-types.ts'
import { toHeraldError } from './errors.ts'
import type { NewMessage } from './send-queue.ts'
import type { Store } from './store.ts'
import { TicketFeed } from './ticket-feed.ts'
import { EMPTY_TICKET, type TicketState } from './ticket-state.ts'
import { TypingSignal } from './typing.ts'

export interface TicketOptions {
  /** How many messages a page has, 1 to 100; 30 when left out. */
  readonly pageSize?: number
}

/**
 * A ticket: its conversation, who is here, who is typing and how far everybody has read. Who listens to it has joined it. Promises of its
 * methods reject with a `HeraldError`; nothing happens when nobody waits for that.
 */
export interface TicketStore extends Store<TicketState> {
  /**
   * Sends a message once, also when the connection breaks or is not there yet, behind those that were sent before. It is in `outgoing` at
   * once, under the id that this returns. `visibility: 'INTERNAL'` makes it a note that only staff sees.
   */
  send(message: NewMessage): string
  /** Sends one of `outgoing` again that failed. */
  retry(clientMessageId: string): void
  /** Takes one of `outgoing` off that failed or waits. */
  discard(clientMessageId: string): void
  /** Changes the text of a message of mine; it is shown at once. */
  edit(id: string, body: string): Promise<void>
  /** Deletes a message of mine; it is shown as deleted at once. */
  delete(id: string): Promise<void>
  addReaction(id: string, emoji: string): Promise<void>
  removeReaction(id: string, emoji: string): Promise<void>
  /** Marks as read up to a message, or up to the newest that is loaded. */
  markAsRead(upToNumber?: number): Promise<void>
  /** To be called with each letter: tells others that I am typing, as seldom as Herald wants. It ends by itself. */
  typed(visibility?: Visibility): void
  /** Tells others that I am not typing any more. */
  stopTyping(): void
  /** Loads older messages, when `hasMore`. */
  loadMore(): Promise<void>
  /** Loads everything again. It does so by itself when something may have been missed; not after access was lost. */
  reload(): Promise<void>
}

/** Nobody has to wait for it: what was refused is in `error`, too. */
function handled(doing: Promise<void>): Promise<void> {
  doing.catch(() => {})
  return doing
}

type Changed = { readonly message: TicketMessage }

function changesOf(
  client: HeraldClient,
  feed: TicketFeed,
): Pick<TicketStore, 'edit' | 'delete' | 'addReaction' | 'removeReaction'> {
  const now = (): string => new Date().toISOString()
  const change = async (document: string, variables: Record<string, unknown>): Promise<TicketMessage> =>
    (await client.mutate<Changed>(document, variables)).message
  const react = (document: string) => (id: string, emoji: string) => {
    const answer = client.mutate<{ readonly done: Changed }>(document, { id, emoji })
    return handled(
      feed.change(
        null,
        answer.then(({ done }) => done.message),
      ),
    )
  }
  return {
    edit: (id, body) =>
      handled(feed.change({ id, change: { body, editedAt: now() } }, change(EDIT_MESSAGE, { id, body }))),
    delete: (id) =>
      handled(feed.change({ id, change: { body: null, deletedAt: now() } }, change(DELETE_MESSAGE, { id }))),
    addReaction: react(ADD_REACTION),
    removeReaction: react(REMOVE_REACTION),
  }
}

function typingOf(client: HeraldClient, ticketId: string): TypingSignal {
  const deviceId = crypto.randomUUID()
  return new TypingSignal(async (isTyping, visibility) => {
    const { status, transport } = client.connection.getSnapshot()
    // What could only be told later would not be true any more.
    if (status !== 'connected') return 0
    const variables = { ticketId, isTyping, visibility, ...(transport === 'sse' && { deviceId }) }
    const { setTyping } = await client.mutate<SetTypingResult>(SET_TYPING, variables)
    return setTyping.resendAfterMs
  }, client.internals.now)
}

function markingOf(client: HeraldClient, ticketId: string, state: () => TicketState): TicketStore['markAsRead'] {
  let marked = 0
  return async (upToNumber = state().messages.at(-1)?.number ?? 0) => {
    if (upToNumber <= marked) return
    const before = marked
    marked = upToNumber
    try {
      await client.mutate(MARK_TICKET_AS_READ, { ticketId, upToNumber })
    } catch (cause) {
      if (marked === upToNumber) marked = before
      throw toHeraldError(cause)
    }
  }
}

/** Makes the store of a ticket. It is loaded, and joined, with the first listener. For the same ticket it is the same store. */
export function createTicket(
  client: HeraldClient,
  ticketId: string,
  { pageSize = 30 }: TicketOptions = {},
): TicketStore {
  return shared(client, `ticket ${JSON.stringify([ticketId, pageSize])}`, () => {
    const source = createClientStore(client, EMPTY_TICKET, () => {
      const close = feed.open()
      return () => {
        typing.stop()
        close()
      }
    })
    const typing = typingOf(client, ticketId)
    const feed: TicketFeed = new TicketFeed(client, source, {
      ticketId,
      pageSize,
      deliver: async ({ status: _, error: __, createdAt: ___, ...message }) => {
        const input = { ...message, ticketId }
        const { sendTicketMessage } = await client.mutate<SendMessageResult>(SEND_MESSAGE, { input })
        feed.take(sendTicketMessage.message)
      },
    })
    const mark = markingOf(client, ticketId, source.store.getSnapshot)
    return {
      ...source.store,
      ...changesOf(client, feed),
      send: (message) => {
        typing.sent(message.visibility ?? 'PUBLIC')
        return feed.queue.add(message)
      },
      retry: (id) => feed.queue.retry(id),
      discard: (id) => feed.queue.discard(id),
      markAsRead: (upToNumber) => handled(mark(upToNumber)),
      typed: (visibility = 'PUBLIC') => typing.typed(visibility, feed.times.typingIdleStopMs),
      stopTyping: () => typing.stop(),
      loadMore: () => feed.loadMore(),
      reload: () => feed.reload(),
    }
  })
}
