import type { Gone, HeldPosition, PositionEntry } from './positions.ts'

const NONE: readonly never[] = []

/**
 * After so many milliseconds without a sign of life since another socket took the subscription up, a socket is taken for the older one
 * of the same client. Its client has a second to be asked, and the rest to answer; who answers later counts again.
 */
export const SILENT_MS = 3_000

const isSilent = ({ isProven, isReplaced, doubtedAt }: HeldPosition, now: number): boolean =>
  !isProven && !isReplaced && now > doubtedAt + SILENT_MS

/** The one that is furthest; one that cannot be continued is the least. */
const furthest = <Place extends { readonly revision: number | null }>(places: readonly Place[]): Place | undefined =>
  places.reduce<Place | undefined>(
    (best, place) => (best && (best.revision ?? -1) >= (place.revision ?? -1) ? best : place),
    undefined,
  )

/** Newcomers were those who have been silent since. */
const findNewcomers = (entry: PositionEntry, now: number): void => {
  while (entry.newcomers > 0) {
    const held = entry.holders.filter((one) => isSilent(one, now))
    const place = furthest<HeldPosition | Gone>([...held, ...entry.gone.filter((one) => one.isSilent)])
    if (!place) return
    if ('until' in place) entry.gone = entry.gone.filter((one) => one !== place)
    else place.isReplaced = true
    entry.newcomers -= 1
    entry.found += 1
  }
}

/** A subscription goes on where the client is that has the least, so that none of them misses anything. */
export const settle = (entry: PositionEntry, now: number): void => {
  entry.gone = entry.gone.filter(({ until }) => until > now)
  if (entry.newcomers > 0) findNewcomers(entry, now)
  const held = entry.holders.filter(({ isReplaced }) => !isReplaced)
  const places = [...held, ...entry.gone].map(({ revision }) => revision)
  if (places.length > 0) entry.revision = places.includes(null) ? null : Math.min(...places.map(Number))
}

/** Another client has come, perhaps: whoever has a socket is to give a sign of life. */
export const doubt = (entry: PositionEntry, now: number): void => {
  for (const held of entry.holders) {
    if (held.isProven) held.doubtedAt = now
    held.isProven = false
  }
}

/** All who have a socket are older ones of a client that came elsewhere, as far as anybody knows. */
export const replace = (entry: PositionEntry): void => {
  for (const held of entry.holders) {
    held.isProven = false
    held.isReplaced = true
  }
}

/** A client was heard of; returns whether that changes anything for those who share its position. */
export const prove = (held: HeldPosition, now: number): boolean => {
  held.heardAt = now
  if (held.isProven) return false
  held.isProven = true
  held.isReplaced = false
  const { entry } = held
  // All are clients of their own.
  if (entry.holders.every(({ isProven }) => isProven) && !entry.gone.some((one) => one.isSilent)) entry.newcomers = 0
  settle(entry, now)
  return true
}

/** One of those who have gone is back: nobody knows which, so the one with the most counts no longer. */
export const takeBack = (gone: readonly Gone[]): readonly Gone[] => {
  const back = furthest(gone)
  return back ? gone.filter((one) => one !== back) : NONE
}

/** How many clients a subscription has: a socket that was not heard of since a newer one came may be an older one of the same client. */
export const countClients = ({ holders, gone }: PositionEntry, now: number): number => {
  const known = holders.filter(({ isProven }, index) => isProven || index === holders.length - 1)
  return Math.max(known.length + gone.filter(({ until }) => until > now).length, 1)
}

/** How long ago a client of this node was certainly there, in milliseconds. */
export const silenceOf = ({ holders, gone }: PositionEntry, now: number): number => {
  const places = holders.length > 0 ? holders : gone
  return now - Math.max(0, ...places.map(({ heardAt }) => heardAt))
}
