import { onTestFinished } from 'vitest'
import type { EventExit } from '../../src/handoff/event-exit.ts'
import { type Handoff, openHandoff } from '../../src/handoff/handoff.ts'
import { createWebhookExit } from '../../src/handoff/webhook-exit.ts'
import { type HandOffRule, handOffRulesIn, ticketRulesIn } from '../../src/lib/hand-off-rule.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/lib/limits.ts'
import type { NotificationInput } from '../../src/notifications/content.ts'
import type { Notifications } from '../../src/notifications/notifications.ts'
import { createUnseenItems } from '../../src/notifications/unseen-items.ts'
import { createPreferences, type Preferences } from '../../src/preferences/preferences.ts'
import { createUnreadItems } from '../../src/tickets/unread-items.ts'
import { type Embedded, openEmbedded } from './embedded.ts'
import { openWebhookServer, type WebhookServer } from './receiver.ts'
import type { OpenStorage } from './storage.ts'
import { createNotifications } from './with-bus.ts'

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const DAY_MS = 86_400_000

export interface HandoffScene extends Embedded {
  readonly notifications: Notifications
  readonly handoff: Handoff
  readonly preferences: Preferences
  readonly webhook: WebhookServer
  /** Who is online; an error when that is not known. `meanwhile` happens once, in the middle of a step that asks for it. */
  readonly online: { users: ReadonlySet<string> | Error; meanwhile?: () => Promise<unknown> }
  /** Notifies users and returns the id. Without a rule of its own: in five minutes, unless it was seen. */
  send(userIds: string | readonly string[], notification?: Partial<NotificationInput>): Promise<string>
  /** Moves the clock on in steps of a second, and between them waits for what happens. */
  pass(seconds: number): Promise<void>
  /** Has everything that is due by now sent, and resolves to the events `inbox.unseen` that were taken so far, but for those of this. */
  events(): Promise<readonly EventOf[]>
}

export interface EventOf {
  readonly id: string
  readonly userId: string
  readonly titles: readonly string[]
  readonly total: number
}

export interface HandoffOptions {
  readonly limits?: Partial<Limits>
  /** The rules of categories, as they are configured. */
  readonly categories?: string
  /** The rules of roles in tickets, as they are configured. */
  readonly tickets?: string
  readonly open?: OpenStorage
  /** Left out: a webhook alone. */
  readonly exits?: (webhook: EventExit) => readonly EventExit[]
  readonly webhook?: WebhookServer
}

function rulesOf(text: string | undefined): ReadonlyMap<string, HandOffRule> {
  return text === undefined ? new Map() : handOffRulesIn(text)
}

/** Who stands for the end of what is due: all that was due before it has been sent when its event has come. */
const MARKER = 'the marker'

/** Hand-off on a real database, to a real webhook, by a clock that stands still. Closes itself. */
export async function openHandoffScene(options: HandoffOptions = {}): Promise<HandoffScene> {
  const embedded = await openEmbedded(options.open)
  const { clock } = embedded
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const webhook = options.webhook ?? (await openWebhookServer())
  const online: HandoffScene['online'] = { users: new Set() }
  const exit = createWebhookExit({ url: webhook.url, secrets: [SECRET], clock })
  const handoff = openHandoff({
    ...embedded,
    exits: options.exits?.(exit) ?? [exit],
    categories: rulesOf(options.categories),
    keepMs: 7 * DAY_MS,
    roles: options.tickets === undefined ? new Map() : ticketRulesIn(options.tickets),
    sources: { inbox: createUnseenItems({ clock, limits }), ticket: createUnreadItems({ clock, limits }) },
    areOnline: async () => {
      const { meanwhile } = online
      delete online.meanwhile
      await meanwhile?.()
      if (online.users instanceof Error) throw online.users
      return online.users
    },
  })
  onTestFinished(handoff.close)
  const { quietHoursChanged } = handoff
  const preferences = createPreferences({ ...embedded, limits, quietHoursChanged })
  const notifications = createNotifications({
    ...{ ...embedded, limits, handOff: handoff.inbox },
    preferences: preferences.inbox,
  })
  const send: HandoffScene['send'] = async (userIds, notification) => {
    const handOff = { afterSeconds: 300, unless: ['SEEN'] as const }
    const input = { type: 'chat.hello', title: 'Hello', handOff, ...notification }
    return (await notifications.notify({ userIds: [userIds].flat(), notification: input })).notificationId
  }
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const isMarker = ({ event }: { readonly event: { data: { userId?: string } } }): boolean =>
    event.data.userId === MARKER
  return {
    ...embedded,
    notifications,
    handoff,
    preferences,
    webhook,
    online,
    send,
    pass,
    events: async () => {
      const before = webhook.taken.filter(isMarker).length
      await send(MARKER, { handOff: { afterSeconds: 0, unless: ['READ'] } })
      // Real requests take their time, by whichever clock.
      while (webhook.taken.filter(isMarker).length === before || (await handoff.stats.oldestMs()) !== undefined) {
        clock.advance(100)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return webhook.taken
        .filter((request) => !isMarker(request) && request.event.type === 'inbox.unseen')
        .map(({ id, event: { data } }) => ({
          id,
          userId: data.userId,
          total: data.total,
          titles: data.notifications.map(({ title }: { title: string }) => title),
        }))
    },
  }
}
