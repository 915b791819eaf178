import type { Clock } from '../lib/clock.ts'
import { type Counter, createCounter } from '../lib/counter.ts'
import type { HandOffRule } from '../lib/hand-off-rule.ts'
import type { Log } from '../lib/log.ts'
import { openPoller } from '../lib/poller.ts'
import { untilNothing } from '../lib/steps.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { EventDraft } from './backend-event.ts'
import { type Item, type ItemKind, letGo, type Scheduled, schedule } from './due-items.ts'
import type { EventExit } from './event-exit.ts'
import { createEventQueue } from './event-queue.ts'
import { createForgetUser, createPruneEvents, forgetTicket } from './forget-events.ts'
import { createHandOffStep } from './hand-off-step.ts'
import type { ItemSource } from './item-states.ts'
import { releaseQuiet } from './quiet-items.ts'
import { openSendEvents } from './send-events.ts'

/** What hand-off has done on this node since it started. */
export interface HandOffStats {
  /** Events that said that nobody saw something, by kind. */
  readonly due: Counter
  /** Events that an exit has sent, attempts of it that failed, and events that it gave up, by exit. */
  readonly sent: Counter
  readonly failed: Counter
  readonly dead: Counter
  /** The age of the oldest event that was not sent, in milliseconds. Undefined: all were sent. */
  oldestMs(): Promise<number | undefined>
}

/** Schedules items of one kind. */
export interface Scheduler {
  /** The rule of a category for notifications that bring none, or of a role in tickets. Undefined: they are not handed off. */
  ruleFor(name: string): HandOffRule | undefined
  /** Stores when items are due. Runs in the transaction that stores them. */
  schedule(tx: Tx, items: readonly Scheduled[]): Promise<void>
  /** Lets items that wait for the end of quiet hours be looked at now. Runs in the transaction that may have made them urgent, behind that. */
  lookAgain(tx: Tx, items: readonly Item[]): Promise<void>
}

/** Schedules tickets, and takes other events about them. */
export interface TicketScheduler extends Scheduler {
  /** Stores an event. Runs in the transaction of what it is about. */
  tell(tx: Tx, event: EventDraft): Promise<void>
  /** Forgets what was not sent yet about a ticket, to these users or of who is assigned. Runs in the transaction that deletes the ticket. */
  forget(tx: Tx, ticketId: string, userIds: readonly string[]): Promise<void>
}

/** The feature of handing off to the backend what nobody sees. */
export interface Handoff {
  /** Undefined: there is no way to the backend, and nothing is stored for it. */
  readonly inbox: Scheduler | undefined
  /** The same for tickets, and the way for other events about them. */
  readonly tickets: TicketScheduler | undefined
  readonly stats: HandOffStats
  /** Lets what waits for the end of a user's quiet hours be looked at now. Runs in the transaction that changes the hours, behind that. */
  quietHoursChanged(tx: Tx, userId: string): Promise<void>
  /** Erases a user from what is due and from events that were not sent yet. */
  erase(userId: string): Promise<void>
  /** Gives up what could not be sent, and deletes what was given up long ago. Resolves to how many were deleted. */
  prune(): Promise<number>
  /** Begins no further work. Resolves when what is under way is over, in about 2 seconds. */
  close(): Promise<void>
}

/** What `openHandoff` needs. */
export interface HandoffDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  /** The ways to the backend. With none, nothing is stored, and nothing is looked for. */
  readonly exits: readonly EventExit[]
  /** The rules of categories. */
  readonly categories: ReadonlyMap<string, HandOffRule>
  /** The rules for unread messages of tickets by role: `customer`, `agent`. */
  readonly roles: ReadonlyMap<string, HandOffRule>
  /** How long events are kept that were given up, in milliseconds. */
  readonly keepMs: number
  readonly sources: Readonly<Record<ItemKind, ItemSource>>
  /** Whether users are online. Rejects while that is not known. */
  readonly areOnline: (userIds: readonly string[]) => Promise<ReadonlySet<string>>
}

/** How often it is looked for what is due, in milliseconds. */
const LOOK_MS = 1_000

/** Opens the feature. It looks for what is due and sends events until it is closed. */
export function openHandoff(deps: HandoffDeps): Handoff {
  const { clock, log, exits, categories, roles } = deps
  const counters = { due: createCounter(['inbox', 'ticket']), ...countersOf(exits) }
  const names = exits.map(({ name }) => name)
  const queue = createEventQueue({ ...deps, ...counters, exits: names })
  const step = createHandOffStep({ ...deps, ...counters, queue })
  const isUsed = exits.length > 0
  let isClosed = false
  const looking = isUsed
    ? openPoller({
        clock,
        delayMs: LOOK_MS,
        poll: async () => {
          await untilNothing(async () => (isClosed ? undefined : step()))
          return LOOK_MS
        },
        onFailure: (err) => log[isClosed ? 'debug' : 'warn']({ err }, 'what is due cannot be handed off now'),
      })
    : undefined
  const sending = exits.map((exit) => openSendEvents({ exit, queue, ...counters, clock, log }))
  const schedulerOf = (kind: ItemKind, rules: ReadonlyMap<string, HandOffRule>): Scheduler => ({
    ruleFor: (name) => rules.get(name),
    schedule: (tx, items) => schedule(tx, kind, items, clock.now()),
    lookAgain: (tx, items) =>
      letGo(
        tx,
        items.map((item) => ({ ...item, kind })),
      ),
  })

  return {
    inbox: isUsed ? schedulerOf('inbox', categories) : undefined,
    tickets: isUsed
      ? {
          ...schedulerOf('ticket', roles),
          tell: (tx, event) => queue.add(tx, [event]),
          forget: (tx, ticketId, userIds) => forgetTicket(tx, names, { ticketId, userIds }),
        }
      : undefined,
    stats: { ...counters, oldestMs: queue.oldestMs },
    quietHoursChanged: releaseQuiet,
    erase: createForgetUser(deps),
    prune: createPruneEvents({ ...deps, ...counters }),
    close: async () => {
      isClosed = true
      await looking?.close()
      await Promise.all(sending.map(({ close }) => close()))
    },
  }
}

function countersOf(exits: readonly EventExit[]) {
  const names = exits.map(({ name }) => name)
  return { sent: createCounter(names), failed: createCounter(names), dead: createCounter(names) }
}
