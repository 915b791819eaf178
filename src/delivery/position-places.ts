import type { Gone, HeldPosition, PositionEntry } from './positions.ts'

/**
 * After so many milliseconds without a sign of life since another socket took the subscription up, a socket is taken for the older one
 * of the same client. Its client has a second to be asked, and the rest to answer; who answers later counts again.
 */
export const SILENT_MS = 3_000

/** How many who have gone are told apart; more of them share the place of the one with the least. */
const MAX_GONE = 8

/**
 * Whether where a socket got counts: as long as it may be that of another client than the newest socket's. Of a subscription that several
 * clients have, each counts.
 */
export const counts = ({ isProven, since, entry }: HeldPosition, now: number): boolean =>
  isProven || entry.isShared || now <= since + SILENT_MS

/** The one that has less; one that cannot be continued has the least. */
const lesser = (one: number | null | undefined, other: number | null): number | null =>
  one === undefined || other === null || (one !== null && other < one) ? other : one

/** A subscription goes on where the client is that has the least, so that none of them misses anything. */
export const settle = (entry: PositionEntry, now: number): void => {
  let least: number | null | undefined
  for (const held of entry.holders) if (counts(held, now)) least = lesser(least, held.revision)
  if (entry.gone.length > 0) entry.gone = entry.gone.filter(({ until }) => until > now)
  for (const { revision } of entry.gone) least = lesser(least, revision)
  if (least !== undefined) entry.revision = least
}

/** Another client has come, perhaps, some milliseconds ago: whoever had a socket then is to give a sign of life. */
export const doubt = (entry: PositionEntry, now: number, ago = 0): void => {
  if (entry.isShared) return
  for (const held of entry.holders) {
    if (!held.isProven || held.since > now - ago) continue
    held.isProven = false
    held.since = now
  }
}

/** All who have a socket are older ones of a client that came elsewhere, as far as anybody knows. */
export const replace = (entry: PositionEntry): void => {
  for (const held of entry.holders) {
    held.isProven = false
    held.since = 0
  }
}

/** A client was heard of; returns whether that changes anything for those who share its position. */
export const prove = (held: HeldPosition, now: number): boolean => {
  held.heardAt = now
  if (held.isProven) return false
  held.isProven = true
  // It lives, and so does whoever came.
  held.entry.isShared = true
  settle(held.entry, now)
  return true
}

/** Adds one that is given up after all others. Those who got as far, and are given up before, need not be known any more. */
export const addGone = (gone: readonly Gone[], one: Gone): readonly Gone[] => {
  const behind = gone.filter(({ revision }) => (revision ?? -1) < (one.revision ?? -1))
  const last = behind[MAX_GONE - 1]
  return last ? behind.with(MAX_GONE - 1, { ...one, revision: last.revision }) : [...behind, one]
}

/** How long ago a client of this node was certainly there, in milliseconds. */
export const silenceOf = ({ holders, gone }: PositionEntry, now: number): number => {
  const places = holders.length > 0 ? holders : gone
  return now - Math.max(0, ...places.map(({ heardAt }) => heardAt))
}
