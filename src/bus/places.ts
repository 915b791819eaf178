import type { LanePlace } from '../storage/lane-terms.ts'

/** Of places in one lane the highest of each epoch and term. */
export function highestPlaces(places: Iterable<LanePlace>): readonly LanePlace[] {
  const highest = new Map<string, LanePlace>()
  for (const place of places) {
    const key = `${place.epoch} ${place.term}`
    const known = highest.get(key)
    if (!known || known.revision < place.revision) highest.set(key, place)
  }
  return [...highest.values()]
}
