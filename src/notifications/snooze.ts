import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../lib/clock.ts'
import { badInput, notFound } from '../lib/errors.ts'
import { requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { NOTIFICATION_ID } from '../lib/values.ts'
import { type WantedPage, WHOLE_PAGE } from '../lib/wanted.ts'
import { advanceStream } from '../storage/streams.ts'
import { requireEntries } from './delete.ts'
import { inboxStream, removedFacts } from './inbox-events.ts'
import { type Marked, type Marking, type MarkOutcome, readNamed } from './mark-named.ts'
import type { ChangeOwn } from './own-inbox.ts'
import { wakeEntries } from './wake.ts'

/** How long something can be snoozed: a year, also a leap year. */
const MAX_SNOOZE_MS = 366 * 24 * 60 * 60 * 1_000

/** The commands that take a user's own notifications off the list for a while. */
export interface Snoozes {
  /**
   * Takes named notifications out of the viewer's inbox until a moment, in milliseconds since 1970. Then they arrive again, unread. Those that
   * are snoozed already come back at the new moment; those that are gone are passed over. Throws BAD_USER_INPUT, and NOT_FOUND when an id never
   * was the viewer's.
   */
  snooze(viewer: Viewer, ids: readonly string[], until: number, wanted?: WantedPage): Promise<Marked>
  /** Lets snoozed notifications arrive now. Others are passed over. Throws BAD_USER_INPUT and NOT_FOUND as `snooze` does. */
  unsnooze(viewer: Viewer, ids: readonly string[], wanted?: WantedPage): Promise<Marked>
}

/** Reads what is named of a user's own. Throws NOT_FOUND when an id never was. */
async function readOwn({ tx, userId }: Marking, ids: readonly string[]) {
  const rows = await tx
    .selectFrom('inbox')
    .select(['notification_id', 'removed_at', 'snoozed_until', 'expires_at'])
    .where('user_id', '=', userId)
    .where('notification_id', 'in', ids)
    .execute()
  const byId = new Map(rows.map((row) => [row.notification_id, row]))
  return ids.map((id) => {
    const row = byId.get(id)
    if (!row) throw notFound(`Notification ${id}`)
    return { ...row, id }
  })
}

async function snoozeOwn(marking: Marking, ids: readonly string[], until: number): Promise<MarkOutcome> {
  const { tx, userId, now } = marking
  const rows = (await readOwn(marking, ids)).filter(
    ({ removed_at, snoozed_until, expires_at }) =>
      (removed_at === null || (snoozed_until !== null && snoozed_until !== until)) &&
      (expires_at === null || expires_at > now),
  )
  const changing = rows.map(({ id }) => id)
  const outcome = { changed: changing.length, upToRevision: null, notifications: [] }
  if (changing.length === 0) return { ...outcome, stream: marking.stream, facts: [] }
  const stream = await advanceStream(tx, inboxStream(userId))
  const { revision } = stream
  await tx
    .updateTable('inbox')
    .set({ removed_at: now, removal: 'SNOOZED', snoozed_until: until, archived_at: null, revision })
    .where('user_id', '=', userId)
    .where('notification_id', 'in', changing)
    .execute()
  return { ...outcome, stream, facts: removedFacts(revision, changing, 'SNOOZED') }
}

async function wakeOwn(marking: Marking, ids: readonly string[]): Promise<MarkOutcome> {
  const { tx, userId, now } = marking
  const rows = (await readOwn(marking, ids)).filter(({ snoozed_until }) => snoozed_until !== null)
  const found = rows.map(({ id }) => ({ user_id: userId, notification_id: id }))
  const { count, writes } = found.length > 0 ? await wakeEntries(tx, found, now) : { count: 0, writes: [] }
  const { stream = marking.stream, facts = [] } = writes[0] ?? {}
  return { changed: count, upToRevision: null, notifications: [], stream, facts }
}

function requireMoment(until: number, now: number): number {
  if (until > now && until <= now + MAX_SNOOZE_MS) return until
  throw badInput('until must be in the future, and within a year.')
}

/** Creates the commands that snooze. All devices of the viewer are told. */
export function createSnoozes(
  run: ChangeOwn,
  { limits, clock }: { readonly limits: Limits; readonly clock: Clock },
): Snoozes {
  const runNamed = async (
    { userId }: Viewer,
    ids: readonly string[],
    wanted: WantedPage,
    change: (marking: Marking, named: readonly string[]) => Promise<MarkOutcome>,
  ): Promise<Marked> => {
    const named = requireTexts('ids', ids, limits.ids, NOTIFICATION_ID)
    const { marked } = await run(userId, wanted, async (marking) => {
      const entries = await requireEntries(marking, named)
      const outcome = await change(marking, entries)
      return { ...outcome, notifications: await readNamed(marking, entries, wanted) }
    })
    return marked
  }

  return {
    snooze: async (viewer, ids, until, wanted = WHOLE_PAGE) => {
      const moment = requireMoment(until, clock.now())
      return runNamed(viewer, ids, wanted, (marking, named) => snoozeOwn(marking, named, moment))
    },
    unsnooze: (viewer, ids, wanted = WHOLE_PAGE) => runNamed(viewer, ids, wanted, wakeOwn),
  }
}
