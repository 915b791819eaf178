import type { Viewer } from '../auth/viewer.ts'
import { badInput } from '../lib/errors.ts'
import { loadTimeZones, type QuietHours, WEEKDAYS, type Weekday } from '../lib/quiet-hours.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type CategoryPreferences, readCategories } from './category-rows.ts'

/** Quiet hours as a user sets them. */
export interface QuietHoursInput extends Omit<QuietHours, 'days'> {
  /** Left out or null: every day. */
  readonly days?: readonly Weekday[] | null | undefined
}

/** All preferences of a user, with the quiet hours; null: none. */
export interface WithQuietHours extends CategoryPreferences {
  readonly quietHours: QuietHours | null
}

/** The part of `Preferences` about quiet hours. */
export interface QuietPreferences {
  /** Reads the quiet hours of the viewer; null: none. */
  quietHours(viewer: Viewer): Promise<QuietHours | null>
  /**
   * Stores the quiet hours of the viewer, or with null that there are none, and resolves to all preferences as they are then. What waits because
   * of the hours before is looked at again. Throws BAD_USER_INPUT.
   */
  setQuietHours(viewer: Viewer, input: QuietHoursInput | null): Promise<WithQuietHours>
}

interface Deps {
  readonly storage: Storage
  /** Lets what waits for the end of a user's quiet hours be looked at now. Runs in the transaction that changes them. */
  readonly quietHoursChanged?: (tx: Tx, userId: string) => Promise<void>
}

const CLOCK = /^(?:[01]\d|2[0-3]):[0-5]\d$/
/** The longest name of a time zone that is taken. IANA has none of more than 32 characters. */
const MAX_ZONE = 64

function requireClock(name: string, value: string): string {
  if (!CLOCK.test(value)) throw badInput(`${name} must be a local time from 00:00 to 23:59, such as 22:00.`)
  return value
}

async function requireTimeZone(name: string, value: string): Promise<string> {
  const { isTimeZone } = await loadTimeZones()
  if (value.length <= MAX_ZONE && isTimeZone(value)) return value
  throw badInput(`${name} must be an IANA name of a time zone, such as Europe/Berlin. An offset is none.`)
}

/** Checks quiet hours. Throws BAD_USER_INPUT, which names the place. */
async function requireQuietHours({ from, to, timeZone, days }: QuietHoursInput): Promise<QuietHours> {
  const hours = { from: requireClock('input.from', from), to: requireClock('input.to', to) }
  if (from === to) throw badInput('input.to must not be the same as input.from.')
  const zone = await requireTimeZone('input.timeZone', timeZone)
  if (days?.length === 0) throw badInput('input.days must name at least one day.')
  return { ...hours, timeZone: zone, days: WEEKDAYS.filter((day) => !days || days.includes(day)) }
}

async function readQuietHours(tx: Tx, userId: string): Promise<QuietHours | null> {
  const row = await tx
    .selectFrom('quiet_hours')
    .select(['begins', 'ends', 'time_zone', 'days'])
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (!row) return null
  return { from: row.begins, to: row.ends, timeZone: row.time_zone, days: row.days.split(',') as Weekday[] }
}

/** Deletes the quiet hours of a user. */
export async function eraseQuietHours(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('quiet_hours').where('user_id', '=', userId).execute()
}

async function putQuietHours(tx: Tx, userId: string, { from, to, timeZone, days }: QuietHours): Promise<void> {
  const row = { begins: from, ends: to, time_zone: timeZone, days: days.join(',') }
  await tx
    .insertInto('quiet_hours')
    .values({ user_id: userId, ...row })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
    .execute()
}

/** Creates `Preferences.quietHours` and `Preferences.setQuietHours`. */
export function createQuietHours({ storage, quietHoursChanged }: Deps): QuietPreferences {
  return {
    quietHours: ({ userId }) => storage.read((tx) => readQuietHours(tx, userId)),
    setQuietHours: async ({ userId }, input) => {
      const quietHours = input && (await requireQuietHours(input))
      return storage.write(async (tx) => {
        if (quietHours) await putQuietHours(tx, userId, quietHours)
        else await eraseQuietHours(tx, userId)
        // Behind that: whoever makes something wait for these hours has locked their row.
        await quietHoursChanged?.(tx, userId)
        return { ...(await readCategories(tx, userId)), quietHours }
      })
    },
  }
}
