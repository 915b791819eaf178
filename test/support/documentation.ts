import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')

/** The pages that people read, from the root of the repository. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** What stands between two fences of a page. */
export interface Block {
  /** Such as `README.md:68`. */
  readonly place: string
  readonly language: string
  readonly text: string
}

/** The code blocks of a page, in one language or in all. */
export function blocksOf(page: string, language?: string): readonly Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match): Block => {
    const line = text.slice(0, match.index).split('\n').length
    return { place: `${page}:${line}`, language: match[1] ?? '', text: match[2] ?? '' }
  })
  return blocks.filter((block) => language === undefined || block.language === language)
}
