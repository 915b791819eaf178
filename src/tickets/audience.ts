import { isStaff, type Viewer } from '../auth/viewer.ts'

/** The readers who see the same of a ticket: its participants, or staff. Each audience has a stream of its own. */
export type Audience = 'public' | 'staff'

/** Both audiences of a ticket. */
export const AUDIENCES: readonly Audience[] = ['public', 'staff']

/** Which audiences may see a message or a change. `INTERNAL` is for staff only. */
export type Visibility = 'PUBLIC' | 'INTERNAL'

/** The audiences that see something of this visibility. */
export function audiencesOf(visibility: Visibility): readonly Audience[] {
  return visibility === 'PUBLIC' ? AUDIENCES : ['staff']
}

/** The columns of each audience. A query for customers names none of the staff columns, so no internal note can reach its result. */
export const COLUMNS = {
  public: { number: 'public_number', revision: 'public_revision', at: 'public_at' },
  staff: { number: 'staff_number', revision: 'staff_revision', at: 'staff_at' },
} as const

/** The audience of a viewer, by the role of their token alone. */
export function audienceOf(viewer: Pick<Viewer, 'role'>): Audience {
  return isStaff(viewer) ? 'staff' : 'public'
}
