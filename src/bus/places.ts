import type { StreamPlace } from '../storage/stream-terms.ts'

/** Of places in one stream, returns the one with the highest revision for each epoch and term. */
export function highestPlaces(places: Iterable<StreamPlace>): readonly StreamPlace[] {
  const highest = new Map<string, StreamPlace>()
  for (const place of places) {
    const key = `${place.epoch} ${place.term}`
    const known = highest.get(key)
    if (!known || known.revision < place.revision) highest.set(key, place)
  }
  return [...highest.values()]
}
