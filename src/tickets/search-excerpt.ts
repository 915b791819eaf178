import { isUnspaced, wordsIn } from '../lib/words.ts'

/** What somebody searches by. */
export interface SearchWords {
  readonly words: readonly string[]
  /** The last word may be the beginning of one. */
  readonly isUnfinished: boolean
}

/** A last word with fewer letters is taken for a whole one, since too much begins with it. */
const MIN_BEGINNING = 3

/** The words of a search. The last one may be unfinished, unless something stands behind it, such as a space. */
export function searchWordsOf(query: string): SearchWords {
  const found = [...wordsIn(query)]
  const last = found.at(-1)
  const words = [...new Set(found.slice(0, -1).map(({ word }) => word))].filter((word) => word !== last?.word)
  if (!last) return { words, isUnfinished: false }
  const isLong = last.word.length >= MIN_BEGINNING || isUnspaced(last.word)
  return { words: [...words, last.word], isUnfinished: isLong && last.to === query.length }
}

const MAX_CHARACTERS = 200
/** How much of an excerpt stands before the first word that was found. */
const BEFORE = 60

/** The first place in a text that has a word of the search; 0 when there is none. */
function placeIn(text: string, { words, isUnfinished }: SearchWords): number {
  const whole = new Set(words)
  const beginning = isUnfinished ? words.at(-1) : undefined
  for (const { word, from } of wordsIn(text)) {
    if (whole.has(word) || (beginning !== undefined && word.startsWith(beginning))) return from
  }
  return 0
}

/** The part of a text around the first word that was found, on one line, at most 200 characters. `…` stands for what is left out. */
export function excerptAround(text: string, search: SearchWords): string {
  const start = Math.max(0, placeIn(text, search) - BEFORE)
  // Code points, so that no character is cut in half. Twice as many code units are more than enough of them.
  const before = start > 0 ? '…' : ''
  const wholeStart = start > 0 ? start + Math.max(0, text.slice(start, start + BEFORE).search(/\s\S/u) + 1) : 0
  const line = text
    .slice(wholeStart, wholeStart + MAX_CHARACTERS * 4)
    .replace(/\s+/gu, ' ')
    .trim()
  const characters = [...line.toWellFormed()]
  const room = MAX_CHARACTERS - before.length
  const isCut = characters.length > room || wholeStart + MAX_CHARACTERS * 4 < text.length
  return isCut ? `${before}${characters.slice(0, room - 1).join('')}…` : `${before}${characters.join('')}`
}
