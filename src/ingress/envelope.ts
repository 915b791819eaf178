import { z } from 'zod'
import { AppError, badInput } from '../lib/errors.ts'
import type { JsonObject } from '../lib/json.ts'
import { parseFaithfulJson } from '../lib/json-text.ts'
import { characters, patternOfText } from '../lib/text.ts'
import { parseTime, RFC_3339 } from '../lib/time.ts'
import { commandKeyOf } from '../storage/idempotency.ts'

/** A command of a backend, such as `{"type":"notify","data":{…},"id":"7"}`. */
export interface CommandEnvelope {
  /** The name of the mutation. */
  readonly type: string
  /** The input of the mutation. */
  readonly data: JsonObject
  /**
   * The idempotency key, made of `source` and `id`: sending the command again gives the same one. Undefined when the sender gave no `id`.
   */
  readonly key: string | undefined
}

/** The most characters of an `id` or a `source`. Both together, with what separates them, fit into an `idempotencyKey`. */
const MAX_ID = 127

const ID = new RegExp(patternOfText({ max: MAX_ID }), 'u')
const SOURCE = /^[^\p{Cc}\p{Cs}\s]+$/u

function isShort(text: string): boolean {
  return characters(text) <= MAX_ID
}

const NO_TIME = 'must be a moment that exists, as RFC 3339 writes it, with an offset and at most milliseconds'

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The attributes of an envelope beside `type` and `data`. They are those of CloudEvents 1.0
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). As there, null means the same as left out.
 */
export const ATTRIBUTES = z.object({
  specversion: z
    .literal('1.0', 'must be "1.0"')
    .nullish()
    .describe('The version of CloudEvents, for senders that write such.'),
  id: z
    .string()
    .regex(ID, `must be text of one line with 1 to ${MAX_ID} characters, one of which is visible`)
    .refine(isShort, `must have at most ${MAX_ID} characters`)
    .meta({ maxLength: MAX_ID })
    .nullish()
    .describe('Makes sending again safe: with `source`, a command with an id is executed once in 24 hours.'),
  source: z
    .string()
    .regex(SOURCE, 'must be a name or an address without spaces')
    .refine(isShort, `must have at most ${MAX_ID} characters`)
    .meta({ maxLength: MAX_ID })
    .nullish()
    .describe('Who sends it. Ids of different sources are different ids.'),
  time: z
    .string()
    .regex(RFC_3339, NO_TIME)
    .refine((time) => parseTime(time) !== undefined, NO_TIME)
    .nullish()
    .describe('When it was sent.'),
})

const ENVELOPE = ATTRIBUTES.extend({
  type: z.string('must be the name of a command'),
  data: z.custom<JsonObject>(isObject, 'must be an object'),
})

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parse(bytes: Uint8Array): unknown {
  try {
    return parseFaithfulJson(utf8.decode(bytes))
  } catch (error) {
    if (error instanceof AppError) throw error
    throw badInput('The command is not JSON in UTF-8.')
  }
}

/** The idempotency key of a command. An id without a source is the same key as the `idempotencyKey` of a mutation with that text. */
function keyOf(source: string | null | undefined, id: string | null | undefined): string | undefined {
  return id == null || source == null ? (id ?? undefined) : commandKeyOf(source, id)
}

/**
 * Parses and checks the envelope of a command. Throws BAD_USER_INPUT when it is not valid, or larger than `maxBytes`. Throws nothing else.
 */
export function readEnvelope(bytes: Uint8Array, maxBytes: number): CommandEnvelope {
  if (bytes.byteLength > maxBytes) {
    throw badInput(`The command is too large: ${bytes.byteLength} bytes, at most ${maxBytes}.`)
  }
  const value = parse(bytes)
  if (!isObject(value)) throw badInput('The command must be a JSON object.')
  const { data, error } = ENVELOPE.safeParse(value)
  if (error) throw badInput(`${error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ')}.`)
  return { type: data.type, data: data.data, key: keyOf(data.source, data.id) }
}

/** The `type` and `id` of a command that may not be valid, for the log. Undefined when they cannot be read. */
export interface Names {
  readonly type: string | undefined
  readonly id: string | undefined
}

const MAX_NAME = 200

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, MAX_NAME) : undefined
}

/** Reads `type` and `id` of a command, each at most 200 characters. Of a command with more than `maxBytes` it reads none. Never throws. */
export function readNames(bytes: Uint8Array, maxBytes: number): Names {
  if (bytes.byteLength > maxBytes) return { type: undefined, id: undefined }
  try {
    const { type, id } = Object(parse(bytes)) as JsonObject
    return { type: nameOf(type), id: nameOf(id) }
  } catch {
    return { type: undefined, id: undefined }
  }
}
