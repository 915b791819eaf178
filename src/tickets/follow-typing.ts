import type { Viewer } from '../auth/viewer.ts'
import type { Topic } from '../bus/bus.ts'
import type { SignalDescription } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import type { GuardAccess } from './access.ts'
import type { Audience } from './audience.ts'
import type { LiveEvent, Typing, TypingSignal } from './live-events.ts'
import type { TicketMessage } from './ticket-message.ts'
import { streamOf } from './ticket-streams.ts'
import { liveTopic, type MessagesChanged, messagesTopic } from './topics.ts'

interface Deps {
  readonly clock: Clock
  readonly guardAccess: GuardAccess
}

type TypingEvent = LiveEvent | MessagesChanged

/** What a device has last said of its user's typing. */
interface Said {
  /** When it stops by itself, if nothing more comes of it. */
  readonly expiresAt: number
  readonly turn: string | undefined
}

/** The devices on which a user types, by their keys. */
type Devices = Map<string, Said>

function keyOf({ visibility, user }: Pick<Typing, 'visibility' | 'user'>): string {
  return `${visibility}:${user.id}`
}

// A message that was edited or deleted is not the one that was being typed.
function isNew({ editedAt, deletedAt }: TicketMessage): boolean {
  return editedAt === null && deletedAt === null
}

/**
 * Turns what devices say into what users do. A user types while any device does, wherever it is connected. The user stops when the last
 * device does, or when their message arrives. What `userId` types is left out.
 */
function createTypingView(clock: Clock, userId: string) {
  const typing = new Map<string, Devices>()

  const start = ({ connectionId, turn, typing: said }: TypingSignal): Typing => {
    const key = keyOf(said)
    const devices = typing.get(key) ?? new Map<string, Said>()
    typing.set(key, devices.set(connectionId, { expiresAt: said.expiresAt, turn }))
    const expiresAt = devices.values().reduce((latest, device) => Math.max(latest, device.expiresAt), 0)
    // Where it says the same, all who receive it get the same object.
    return expiresAt === said.expiresAt ? said : { ...said, expiresAt }
  }

  const stop = ({ connectionId, turn, typing: said }: TypingSignal): Typing | undefined => {
    const devices = typing.get(keyOf(said))
    // Its lease ended on one node, and another node has published that it goes on.
    if (turn !== undefined && devices?.get(connectionId)?.turn !== turn) return undefined
    if (!devices?.delete(connectionId)) return undefined
    // Ends are missing from a node that died.
    const isElsewhere = devices.values().some(({ expiresAt }) => expiresAt > clock.now())
    if (isElsewhere) return undefined
    typing.delete(keyOf(said))
    return said
  }

  const arrived = (message: TicketMessage): Typing | undefined => {
    const { ticketId, author: user, visibility, createdAt } = message
    if (!isNew(message) || !typing.delete(keyOf({ user, visibility }))) return undefined
    return { ticketId, user, visibility, isTyping: false, expiresAt: createdAt }
  }

  return (event: TypingEvent): Typing | undefined => {
    if ('entries' in event) return event.entries.map(({ item }) => arrived(item)).find((stopped) => stopped)
    if (event.type !== 'typing' || event.typing.user.id === userId) return undefined
    return event.typing.isTyping ? start(event) : stop(event)
  }
}

/** Creates `Tickets.followTyping`, the signal of the other users who type in a ticket. */
export function createFollowTyping({ clock, guardAccess }: Deps) {
  return (viewer: Viewer, ticketId: string, audience: Audience): SignalDescription<TypingEvent, Typing> => {
    const topics: readonly Topic<TypingEvent>[] = [liveTopic(ticketId, audience), messagesTopic(ticketId, audience)]
    return {
      kind: 'signal',
      source: `${streamOf(ticketId, audience)}:typing`,
      scope: { audience },
      topics,
      take: createTypingView(clock, viewer.userId),
      during: (fail) => guardAccess(viewer, ticketId, fail),
    }
  }
}
