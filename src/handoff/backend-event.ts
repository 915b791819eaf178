import { newId } from '../lib/ids.ts'
import type { JsonObject } from '../lib/json.ts'
import { writeTime } from '../lib/time.ts'

/** Something that the backend is to learn. */
export interface EventDraft {
  /** The name of the event, such as `inbox.unseen`. */
  readonly type: string
  /** What the event is about, such as `user:ann`. Events of one subject arrive in their order. */
  readonly subject: string
  /** The user whose event it is, with whom it is erased. Null: nobody's. */
  readonly userId: string | null
  readonly data: JsonObject
}

/** An event for the backend as it leaves Herald. */
export interface BackendEvent {
  /** A UUIDv7. It is the same however often the event is sent, so a receiver knows by it what it has had. */
  readonly id: string
  readonly type: string
  /** The whole event as JSON: the envelope of commands, which is that of CloudEvents 1.0. */
  readonly body: string
}

/** Writes an event of this moment. Its envelope has `specversion`, `id`, `source`, `type`, `time` and `data`. */
export function toBackendEvent({ type, data }: EventDraft, now: number): BackendEvent {
  const id = newId()
  const body = JSON.stringify({ specversion: '1.0', id, source: 'herald', type, time: writeTime(now), data })
  return { id, type, body }
}
