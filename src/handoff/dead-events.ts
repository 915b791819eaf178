import type { Storage } from '../storage/storage.ts'

/** An event that could not be sent for a day. */
export interface DeadEvent {
  readonly id: string
  readonly exit: string
  readonly type: string
  readonly subject: string
  /** The whole event, as JSON. */
  readonly body: string
  readonly created_at: number
  /** When it was given up. */
  readonly dead_at: number | null
  readonly attempts: number
  /** Why the last attempt failed. Null: it was never tried. */
  readonly error: string | null
}

/** Where a list of dead events goes on: behind this one. */
export type DeadPlace = Pick<DeadEvent, 'dead_at' | 'id'>

/** The events for the backend that were given up, for operators. */
export interface DeadEvents {
  /** The oldest behind a place, or of all, at most `count`. */
  list(after: DeadPlace | undefined, count: number): Promise<readonly DeadEvent[]>
  count(): Promise<number>
  /** The dead events with this id: one for each exit that gave it up. */
  find(id: string): Promise<readonly DeadEvent[]>
  /** Has an event sent again, for another day, before all of its subject that were not given up. */
  replay(event: DeadEvent, now: number): Promise<void>
  /** Deletes an event. Resolves to whether it was there. */
  remove(event: DeadEvent): Promise<boolean>
}

const COLUMNS = ['id', 'exit', 'type', 'subject', 'body', 'created_at', 'dead_at', 'attempts', 'error'] as const

/** The events that were given up in this database. */
export function createDeadEvents(storage: Storage): DeadEvents {
  return {
    list: (after, count) =>
      storage.readOne((db) =>
        db
          .selectFrom('backend_events')
          .select(COLUMNS)
          .where('dead_at', 'is not', null)
          .$if(after !== undefined, (query) =>
            query.where((eb) =>
              eb.or([
                eb('dead_at', '>', after?.dead_at ?? 0),
                eb.and([eb('dead_at', '=', after?.dead_at ?? 0), eb('id', '>', after?.id ?? '')]),
              ]),
            ),
          )
          .orderBy('dead_at')
          .orderBy('id')
          .limit(count)
          .execute(),
      ),
    count: async () => {
      const { count } = await storage.readOne((db) =>
        db
          .selectFrom('backend_events')
          .select(({ fn }) => fn.countAll().as('count'))
          .where('dead_at', 'is not', null)
          .executeTakeFirstOrThrow(),
      )
      return Number(count)
    },
    find: (id) =>
      storage.readOne((db) =>
        db.selectFrom('backend_events').select(COLUMNS).where('id', '=', id).where('dead_at', 'is not', null).execute(),
      ),
    replay: async ({ exit, id }, now) => {
      await storage.write((tx) =>
        tx
          .updateTable('backend_events')
          .set({ place: 0, dead_at: null, claim: null, attempts: 0, next_at: now, created_at: now })
          .where('exit', '=', exit)
          .where('id', '=', id)
          .execute(),
      )
    },
    remove: async ({ exit, id }) => {
      const { numDeletedRows } = await storage.write((tx) =>
        tx.deleteFrom('backend_events').where('exit', '=', exit).where('id', '=', id).executeTakeFirst(),
      )
      return numDeletedRows > 0n
    },
  }
}
