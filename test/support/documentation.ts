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

/** The anchor that GitHub gives to a heading, when no other heading of its page has the same words. */
export function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-')
}

/** The anchors of all headings in the text of a page. Of equal headings the second has `-1` behind its anchor. */
export function anchorsIn(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const anchor = anchorOf(heading.trim())
    const times = seen.get(anchor) ?? 0
    seen.set(anchor, times + 1)
    return times === 0 ? anchor : `${anchor}-${times}`
  })
  return new Set(anchors)
}

/** The targets of the links in the text of a page that lead to files of this repository, such as `limits.md#what-strangers-may-do`. */
export function localLinksIn(text: string): readonly string[] {
  const prose = withoutCode(text).replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[()[\]]/g, ' '))
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target))
}

/** A page without what stands between fences. */
function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '')
}
