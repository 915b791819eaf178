import { setImmediate } from 'node:timers/promises'
import type { Viewer } from '../auth/viewer.ts'
import { badInput } from '../lib/errors.ts'
import { optionalText, requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { CATEGORY, NOTIFICATION_ID } from '../lib/values.ts'
import { type WantedPage, WHOLE_PAGE, wants } from '../lib/wanted.ts'
import { type MarkAllScope, markPart, nothingMarked, type PartMarked } from './mark-all.ts'
import { type Marked, type Marking, markNamed } from './mark-named.ts'
import { readNewestMarked } from './marked-rows.ts'
import type { BulkMark, Mark } from './notification.ts'
import type { ChangeOwn } from './own-inbox.ts'

export interface MarksDeps {
  readonly run: ChangeOwn
  readonly limits: Limits
}

function requireBound(bound: number): number {
  if (!Number.isSafeInteger(bound) || bound < 0) throw badInput('upToRevision must be a revision: 0 or more.')
  return bound
}

/** Which notifications of a whole inbox to mark. */
export interface MarkAllInput {
  /** Marks only what arrived up to this revision. Left out: all that is stored when marking begins. */
  readonly upToRevision?: number | null | undefined
  /** Marks only this category. Left out: all categories. */
  readonly category?: string | null | undefined
  /** Marks only what is read. Left out: also what is not. */
  readonly onlyRead?: boolean | undefined
}

/** The commands that mark a user's own notifications. */
export interface Marks {
  /**
   * Marks named notifications. Throws NOT_FOUND when one of the ids is not the viewer's, and then marks none. Only what is wanted of the
   * answer is read.
   */
  mark(viewer: Viewer, mark: Mark, ids: readonly string[], wanted?: WantedPage): Promise<Marked>
  /**
   * Marks all notifications up to a bound, which it returns, but those from which the viewer took the mark after that bound. A bound beyond
   * the inbox counts as its end. A large inbox is marked in parts. When one of them fails, those before it stand, and marking again does the
   * rest. Throws BAD_USER_INPUT. Only what is wanted of the answer is read.
   */
  markAll(viewer: Viewer, mark: BulkMark, input: MarkAllInput, wanted?: WantedPage): Promise<Marked>
}

/** Creates the commands that mark notifications. They publish to all devices of the viewer, also to the one that marks. */
export function createMarks({ run, limits }: MarksDeps): Marks {
  /** Marks in parts, each at a revision of its own. Other work has its turn in between, and devices get each part. */
  const runAll = async (
    userId: string,
    scope: (marking: Marking) => MarkAllScope,
    wanted: WantedPage,
  ): Promise<Marked> => {
    let whole: MarkAllScope | undefined
    let epoch: string | undefined
    let changed = 0
    const runPart = (after: number) =>
      run(userId, wanted, async (marking): Promise<PartMarked> => {
        whole ??= scope(marking)
        epoch ??= marking.stream.epoch
        // The user was erased meanwhile, and this is another inbox, of which nothing was meant.
        if (epoch !== marking.stream.epoch) return { ...nothingMarked(marking, whole), next: undefined }
        const part = await markPart(marking, whole, after)
        const isAnswered = part.next === undefined && changed + part.changed > 0 && wants(wanted.page, 'notifications')
        return isAnswered ? { ...part, notifications: await readNewestMarked(marking, whole, wanted.entries) } : part
      })
    let part = await runPart(0)
    changed += part.marked.changed
    while (part.outcome.next !== undefined) {
      await setImmediate()
      part = await runPart(part.outcome.next)
      changed += part.marked.changed
    }
    return { ...part.marked, changed }
  }

  return {
    mark: async ({ userId }, mark, ids, wanted = WHOLE_PAGE) => {
      const named = requireTexts('ids', ids, limits.ids, NOTIFICATION_ID)
      return (await run(userId, wanted, (marking) => markNamed(marking, { mark, ids: named, wanted }))).marked
    },
    markAll: async ({ userId }, mark, { upToRevision, category, onlyRead = false }, wanted = WHOLE_PAGE) => {
      const asked = upToRevision == null ? Number.POSITIVE_INFINITY : requireBound(upToRevision)
      const only = optionalText('category', category, CATEGORY)
      const scope = ({ stream, now }: Marking): MarkAllScope => ({
        mark,
        upToRevision: Math.min(asked, stream.revision),
        category: only,
        onlyRead,
        at: now,
      })
      return runAll(userId, scope, wanted)
    },
  }
}
