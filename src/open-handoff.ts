import type { Config } from './config.ts'
import { type Handoff, openHandoff } from './handoff/handoff.ts'
import { createWebhookExit } from './handoff/webhook-exit.ts'
import type { Clock } from './lib/clock.ts'
import type { Log } from './lib/log.ts'
import { createUnseenItems } from './notifications/unseen-items.ts'
import type { Presence } from './presence/presence.ts'
import type { Shared } from './shared.ts'
import type { Storage } from './storage/storage.ts'
import { createUnreadItems } from './tickets/unread-items.ts'

/** What hand-off is made of. */
export interface HandoffParts extends Pick<Shared, 'eventStream'> {
  readonly config: Config
  readonly storage: Storage
  readonly presence: Pick<Presence, 'areOnline'>
  readonly clock: Clock
  readonly log: Log
}

/** Opens hand-off with the ways to the backend that are configured: the Redis stream, the webhook, both, or none. */
export function openConfiguredHandoff({ config, eventStream, presence, ...deps }: HandoffParts): Handoff {
  const { handoff, limits } = config
  const webhook = handoff.webhook && createWebhookExit({ ...handoff.webhook, ...deps })
  return openHandoff({
    ...deps,
    ...handoff,
    exits: [eventStream, webhook].filter((exit) => exit !== undefined),
    sources: { inbox: createUnseenItems({ ...deps, limits }), ticket: createUnreadItems({ ...deps, limits }) },
    areOnline: presence.areOnline,
  })
}
