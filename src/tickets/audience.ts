import { isStaff, type Viewer } from '../auth/viewer.ts'

/** Who reads a conversation together: its participants, or staff. Each audience has a stream of its own. */
export type Audience = 'public' | 'staff'

export const AUDIENCES: readonly Audience[] = ['public', 'staff']

/** Who may see a message. */
export type Visibility = 'PUBLIC' | 'INTERNAL'

/** The columns of an audience. A query for customers names none of the staff columns, so no note can reach its result. */
export const COLUMNS = {
  public: { number: 'public_number', revision: 'public_revision', at: 'public_at' },
  staff: { number: 'staff_number', revision: 'staff_revision', at: 'staff_at' },
} as const

/** What somebody reads, by the role of their token alone. */
export function audienceOf(viewer: Pick<Viewer, 'role'>): Audience {
  return isStaff(viewer) ? 'staff' : 'public'
}
