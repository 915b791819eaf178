import { isCursorExpired } from '../feed/cursor.ts'
import { type LogFeed, type Page, withCursors } from '../feed/follow.ts'
import { readPatiently } from '../feed/patience.ts'
import { end, expire, passed, unexpire, wrote } from '../resume/acknowledgements.ts'
import type { HeldCheckpoint } from '../resume/clients.ts'
import { lastTerm } from '../storage/lane-terms.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import type { Execute } from './execute.ts'
import type { OperationId } from './frame.ts'
import type { Resume } from './log-result.ts'
import { enqueue, type Outbox, waitForRoom } from './outbox.ts'
import { type Rendered, render } from './render.ts'
import type { Failing, Seat } from './results.ts'

/** One subscription on one socket. */
export interface Subscriber extends Seat {
  /** Told what ended it. */
  readonly follower: Failing
  /** It comes from a log that is gone, and is told that it may have missed something. */
  readonly isExpired?: boolean
}

/** A subscriber in a group. */
export interface Member {
  readonly outbox: Outbox
  readonly id: OperationId
  readonly follower: Failing
  readonly view: LogFeed<unknown>['view']
  /** The revision after which its feed begins. */
  readonly from: number
  /** Its client said where it begins. */
  readonly isExplicit: boolean
  /** Takes it up where its client left it; until that was done. */
  open: (() => Promise<HeldCheckpoint>) | undefined
  /** See `Seat`; until it was told. */
  onBegun: Seat['onBegun']
  /** What was sent to it so far. */
  position: number
  /** The last term of the lane that it has heard of. */
  term: string
  /** What its next result says, and then none any more. */
  resume: Resume
  /** See `Seat`; until its first result said it. */
  extensions: Seat['extensions']
  held: HeldCheckpoint | undefined
  /** It may have missed something, and was not told so yet: that comes before anything else. */
  isExpired: boolean
  /** It reads the store, or waits for its socket; live events pass it by. */
  isBehind: boolean
  hasLeft: boolean
  close: () => void
}

/** Takes up a feed where its client left it. Rejects when it cannot begin where its client says, and is not known either. */
const openFeed = async (
  { view, from, head, isExplicit, refusal }: LogFeed<unknown>,
  { outbox, open }: Pick<Seat, 'outbox'> & { readonly open: NonNullable<Seat['open']> },
): Promise<HeldCheckpoint> => {
  const after = refusal === undefined ? from : null
  const held = await open({ epoch: view.epoch, revision: head, terms: view.terms, ...(isExplicit && { after }) })
  if (refusal === undefined || !held.start.isExpired) return held
  end(outbox.acknowledgements, held)
  throw refusal
}

/** A member that stands where its feed begins. */
export const createMember = (
  feed: LogFeed<unknown>,
  { outbox, id, follower, open, onBegun, extensions, isExpired = false }: Subscriber,
): Member => ({
  outbox,
  id,
  follower,
  view: feed.view,
  from: feed.from,
  isExplicit: feed.isExplicit === true,
  open: open && (() => openFeed(feed, { outbox, open })),
  onBegun,
  position: feed.from,
  term: lastTerm(feed.view.terms),
  resume: null,
  extensions,
  held: undefined,
  isExpired,
  isBehind: false,
  hasLeft: false,
  close: () => {},
})

/** Sends a result: the shared one, unless it has something to say to this member alone. */
export const push = (member: Member, { shared, alone }: Rendered): void => {
  const { outbox, id, resume, extensions } = member
  if (resume === null && extensions === undefined) enqueue(outbox, shared, id)
  else {
    enqueue(outbox, alone(resume, extensions), id)
    member.resume = null
    member.extensions = undefined
  }
}

/** What a member has got moves on; `wrote`: its client still has to say that it has it. */
export const moveTo = (member: Member, position: number, how: 'wrote' | 'passed'): void => {
  if (position === member.position) return
  member.position = position
  const { held, outbox } = member
  if (!held) return
  if (how === 'wrote') wrote(outbox.acknowledgements, held, position)
  else passed(outbox.acknowledgements, held, position)
}

/** The lane goes on from where a member is in this term. */
export const enterTerm = (member: Member, term: string): void => {
  if (term === member.term) return
  member.term = term
  if (member.held) member.held.checkpoint.term = term
}

/** What a member gets from now on does not follow what it has: it is told so, and goes on where its lane stands. */
export const expireMember = (member: Member, stats: DeliveryStats): void => {
  if (!member.isExpired && member.resume === null) stats.expired += 1
  member.isExpired = true
  if (member.held) expire(member.outbox.acknowledgements, member.held)
}

const readWith = <Read>(member: Member, read: () => Promise<Read>): Promise<Read> =>
  readPatiently(read, () => member.hasLeft)

/** Reads on to the first entry; undefined when there is one, else how far it was read. */
const readPast = async (member: Member, after: number): Promise<number | undefined> => {
  const { entries, revision, hasMore } = await readWith(member, () => member.view.read(after, member.term))
  if (entries.length > 0) return undefined
  return hasMore ? readPast(member, revision) : revision
}

/** A member whose time was over goes on all the same when nothing happened since that concerns it. */
const tryToContinue = async (member: Member, held: HeldCheckpoint, overdueAt: number): Promise<boolean> => {
  const upTo = await readPast(member, overdueAt).catch((error: unknown) => {
    if (isCursorExpired(error)) return undefined
    throw error
  })
  if (upTo === undefined) return false
  member.position = upTo
  unexpire(member.outbox.acknowledgements, held, upTo)
  return true
}

/** Lets a member go on where its client left; nothing can be sent to it before. */
export const takeUp = async (member: Member, stats: DeliveryStats): Promise<void> => {
  const { open, from } = member
  if (!open) return
  member.open = undefined
  const held = await open()
  if (member.hasLeft) return end(member.outbox.acknowledgements, held)
  member.held = held
  const { revision, isExpired, overdueAt } = held.start
  member.position = revision
  if (member.isExpired) return expireMember(member, stats)
  if (isExpired && (overdueAt === undefined || !(await tryToContinue(member, held, overdueAt)))) {
    expireMember(member, stats)
  } else if (isExpired || revision !== from) stats.resumed += 1
}

/** Where a member resumes can have been deleted for good: then it has expired. */
const readOnce = (member: Member, stats: DeliveryStats): Promise<Page<unknown> | undefined> => {
  const { view, from, position, term, isExplicit } = member
  const resumedAt = member.held?.start.revision
  if (isExplicit || position !== resumedAt || resumedAt === from) return view.read(position, term)
  return view.read(position, term).catch((error: unknown) => {
    if (!isCursorExpired(error)) throw error
    expireMember(member, stats)
    return undefined
  })
}

/** What a member has missed; undefined when that is not all there any more. Waits for a store that is away. */
const readMissed = (member: Member, stats: DeliveryStats): Promise<Page<unknown> | undefined> =>
  readWith(member, () => readOnce(member, stats))

/** Before the first revision. */
const NOWHERE = -1

/** What tells a member that it has expired: with its first result, which comes at once when there is anything to send. */
const readExpired = async (member: Member): Promise<Page<unknown>> => {
  member.isExpired = false
  const page = await readWith(member, () => member.view.readReset())
  member.resume = 'expired'
  member.position = NOWHERE
  return page
}

/** Reads what is to be sent to a member next. */
export const readFor = (member: Member, stats: DeliveryStats): Promise<Page<unknown> | undefined> =>
  member.isExpired ? readExpired(member) : readMissed(member, stats)

/** Sends what a member has missed, no faster than its socket takes it. */
export const sendPage = async (
  member: Member,
  { entries, revision, term }: Page<unknown>,
  execute: Execute,
  stats: DeliveryStats,
): Promise<void> => {
  const { view, position } = member
  enterTerm(member, term)
  const deliveries = withCursors(entries, { epoch: view.epoch, term, before: position })
  const results = await render(execute, deliveries)
  stats.rendered += results.length
  for (const [index, result] of results.entries()) {
    await waitForRoom(member.outbox)
    if (member.hasLeft || member.isExpired) return
    push(member, result)
    stats.deliveries += 1
    moveTo(member, deliveries[index]?.position ?? member.position, 'wrote')
  }
  if (!member.isExpired) moveTo(member, revision, 'passed')
}
