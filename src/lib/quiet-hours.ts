/** The days of a week, Monday first. */
export const WEEKDAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const

/** `MONDAY` to `SUNDAY`. */
export type Weekday = (typeof WEEKDAYS)[number]

/** Hours in which a user is not to be disturbed. Example: from 22:00 to 07:00 in Europe/Berlin, on all days. */
export interface QuietHours {
  /** When they begin, in local time: `HH:MM`. */
  readonly from: string
  /** When they end, in local time: `HH:MM`; on the next day if that is not later than `from`. */
  readonly to: string
  /** An IANA name. */
  readonly timeZone: string
  /** The days on which they begin. */
  readonly days: readonly Weekday[]
}

/** What is known of time zones. */
export interface TimeZones {
  /** Whether this is a name of a time zone, such as `Europe/Berlin`. Offsets such as `+02:00` are none, since they do not follow the clocks of people. */
  isTimeZone(name: string): boolean
  /**
   * When the quiet hours end in which a moment is, in milliseconds since 1970. Undefined: it is in none, or this machine does not know the
   * time zone. The end itself is not quiet any more, unless the hours of the next day begin there: ask again then.
   */
  quietUntil(hours: QuietHours, now: number): number | undefined
}

/** The form of an IANA name. Temporal also takes offsets, and dates with a time zone. */
const NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/

/**
 * The days, counted from today, on which hours can have begun that are not over. The day before yesterday can be the last one, where a zone
 * left out a day to get to the other side of the date line. Tomorrow can be one, where clocks go back over midnight.
 */
const DAYS = [-2, -1, 0, 1]

/**
 * Loads what is known of time zones: the `Temporal` of the runtime where it has one, otherwise a package. It is loaded when it is first
 * needed, because it takes some 15 MB and 30 ms, and a Herald without quiet hours needs it never.
 *
 * Local times are taken as calendars take them. A time that the clocks leave out stands for as long after the change; of a time that they
 * repeat, the first is meant.
 */
export async function loadTimeZones(): Promise<TimeZones> {
  const { Temporal } = await import('temporal-polyfill')
  const zonedAt = (timeZone: string, now: number) => {
    try {
      return Temporal.Instant.fromEpochMilliseconds(Math.floor(now)).toZonedDateTimeISO(timeZone)
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }
  return {
    isTimeZone: (name) => NAME.test(name) && zonedAt(name, 0) !== undefined,
    quietUntil: ({ from, to, timeZone, days }, now) => {
      const today = zonedAt(timeZone, now)?.toPlainDate()
      if (!today) return undefined
      let end: number | undefined
      for (const count of DAYS) {
        const day = today.add({ days: count })
        if (!days.includes(WEEKDAYS[day.dayOfWeek - 1] as Weekday)) continue
        const at = (date: typeof today, plainTime: string): number =>
          date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds
        if (at(day, from) > now) continue
        const over = at(to > from ? day : day.add({ days: 1 }), to)
        if (over > now) end = Math.max(end ?? over, over)
      }
      return end
    },
  }
}
