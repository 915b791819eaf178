import { defaultFieldResolver, type GraphQLSchema } from 'graphql'
import { accessOf } from './access.ts'
import { type Context, requireViewer } from './context.ts'

/** Names of arguments and fields that contain ids, such as `ids` and `ticketId`. Ids do not grow what is stored. */
const NAMES_SOMETHING = /^ids?$|Ids?$/

/** The bytes of all texts in a value, in UTF-8, without ids. */
function bytesIn(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [name, inner]) => (NAMES_SOMETHING.test(name) ? sum : sum + bytesIn(inner)),
    0,
  )
}

/**
 * Counts every mutation that users can call, and the bytes that it stores, so that none can be forgotten. Mutations for backends alone are
 * not counted. Changes `schema` and returns it.
 */
export function countWrites(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    if (accessOf(schema, field) === 'BACKEND') continue
    const resolve = field.resolve ?? defaultFieldResolver
    field.resolve = (root, args, context: Context, info) => {
      context.requireWrite?.(requireViewer(context), bytesIn(args))
      return resolve(root, args, context, info)
    }
  }
  return schema
}
