import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { codeOfError } from '../lib/start-error.ts'

/** One document of a file of trusted documents. */
export interface TrustedText {
  readonly id: string
  readonly text: string
}

/** The content of a file of trusted documents. */
export interface TrustedFile {
  readonly format: 'map' | 'apollo manifest'
  readonly texts: readonly TrustedText[]
}

/** A file of trusted documents cannot be read, or is none of the three kinds that are understood. The message says which file and why. */
export class TrustedFileError extends Error {
  override readonly name = 'TrustedFileError'
}

/** The format of client-preset and of Relay: texts by their ids. */
const MAP = z.record(z.string().min(1), z.string())
const MANIFEST = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string() })),
})

const KINDS =
  'Expected the map of client-preset (persisted-documents.json) or of Relay, {"<id>": "<text>"}, or the manifest of Apollo.'

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new TrustedFileError(`is no JSON. ${KINDS}`)
  }
}

function parseTrusted(text: string): TrustedFile {
  const value = readJson(text)
  const manifest = MANIFEST.safeParse(value)
  if (manifest.success) {
    const texts = manifest.data.operations.map(({ id, body }) => ({ id, text: body }))
    return { format: 'apollo manifest', texts }
  }
  const map = MAP.safeParse(value)
  if (!map.success) throw new TrustedFileError(`has no trusted documents. ${KINDS}`)
  return { format: 'map', texts: Object.entries(map.data).map(([id, body]) => ({ id, text: body })) }
}

/** Reads a file of trusted documents that client-preset, Relay or Apollo has made. Throws a TrustedFileError. */
export function readTrustedFile(file: string): TrustedFile {
  try {
    return parseTrusted(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof TrustedFileError) throw new TrustedFileError(`${file} ${error.message}`)
    throw new TrustedFileError(`${file} cannot be read (${codeOfError(error) ?? error}).`)
  }
}
