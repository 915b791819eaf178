import { z } from 'zod'
import { revision, terms } from '../bus/event-schema.ts'
import type { Change } from './follow.ts'

/** A `Change` of such items that comes from another node. */
export const changeSchema = <Item>(item: z.ZodType<Item>): z.ZodType<Change<Item>> =>
  z.object({ previous: revision, revision, entries: z.array(z.object({ revision, item })), terms: terms.optional() })
