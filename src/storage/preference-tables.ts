// Tables of how users want to be told.

/** How a user wants to be told of a category. */
export interface PreferencesTable {
  user_id: string
  /** Empty: all categories without a row of their own. */
  category: string
  /** 1: it counts. 0: it is stored without counting. */
  in_app: number
  /** 1: it is handed off when nobody sees it. */
  hand_off: number
}

/** The hours in which nothing is handed off for a user. */
export interface QuietHoursTable {
  user_id: string
  /** Local time, `HH:MM`. */
  begins: string
  ends: string
  /** An IANA name, as it was given. */
  time_zone: string
  /** The days on which they begin: names such as `MONDAY`, separated by commas. */
  days: string
}
