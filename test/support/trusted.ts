import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from './temp.ts'

/** The SHA-256 of a text, as ids of documents are written. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A map as client-preset writes it. */
export function presetMap(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text) => [`sha256:${sha256(text)}`, text]))
}

/** A manifest as Apollo's tool writes it. */
export function apolloManifest(texts: readonly string[]): object {
  return {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: texts.map((body) => {
      const [, type, name] = /(query|mutation|subscription) (\w+)/.exec(body) ?? []
      return { id: sha256(body), name, type, body }
    }),
  }
}

/** Writes a file of trusted documents, and answers where it is. */
export function trustedFile(content: unknown): string {
  const file = join(tempFolder(), 'trusted.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}
