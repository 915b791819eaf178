import { createBatches, FOR_CROWDS } from '../lib/batches.ts'
import { type LaneHead, laneColumns } from './lanes.ts'
import type { Storage } from './storage.ts'

/**
 * Where a lane stands now; undefined when nothing was ever written to it. Lanes that are asked for at about
 * the same time are read with one statement, so that ten thousand who come at once are no ten thousand queries.
 */
export type ReadHead = (lane: string) => Promise<LaneHead | undefined>

/** Lanes of one statement; SQLite binds at most 32,766 values in it. */
const LANES_PER_STATEMENT = 5_000

/** Makes the reading of lanes in batches. */
export function createReadHead(storage: Storage): ReadHead {
  return createBatches<string, LaneHead | undefined>({
    max: LANES_PER_STATEMENT,
    rest: FOR_CROWDS,
    run: async (lanes) => {
      const rows = await storage.readOne((db) =>
        db
          .selectFrom('lanes')
          .select('lane')
          .select(laneColumns)
          .where('lane', 'in', [...new Set(lanes)])
          .execute(),
      )
      const heads = new Map(rows.map(({ lane, ...head }) => [lane, head]))
      return lanes.map((lane) => heads.get(lane))
    },
  })
}
