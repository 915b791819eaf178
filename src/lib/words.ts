/** A word of a text as it is searched by, and where it stands in the text. */
export interface Word {
  /** In lower case, without accents: `Größe` is `grosse`. Only letters and digits. */
  readonly word: string
  /** Where it begins and ends in the text, in UTF-16 code units. */
  readonly from: number
  readonly to: number
}

/** The most characters of a word; the rest of it is not searched by. */
const MAX_LENGTH = 64

const RUNS = /[\p{L}\p{N}\p{M}]+/gu
const MARKS = /\p{M}+/gu
const BETWEEN = /[^\p{L}\p{N}]+/u
/** Letters that are written without spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

/** Letters that are also written in another way, which no decomposition finds. */
const FOLDED: Readonly<Record<string, string>> = {
  ß: 'ss',
  ı: 'i',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  æ: 'ae',
  œ: 'oe',
  ς: 'σ',
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ى: 'ي',
  ة: 'ه',
  // It only stretches a word.
  ـ: '',
}
const TO_FOLD = new RegExp(`[${Object.keys(FOLDED).join('')}]`, 'gu')
const PLAIN = /^[a-z0-9]+$/

function normalised(text: string): string {
  const lower = text.toLowerCase()
  if (PLAIN.test(lower)) return lower
  const bare = lower.normalize('NFKD').replace(MARKS, '').toLowerCase()
  return bare.replace(TO_FOLD, (letter) => FOLDED[letter] ?? letter)
}

function shortened(word: string): string {
  return word.length <= MAX_LENGTH ? word : [...word].slice(0, MAX_LENGTH).join('')
}

/** Whether a word is of a script that puts no spaces between words. One letter of it can be a word. */
export function isUnspaced(word: string): boolean {
  return UNSPACED.test(word)
}

function* piecesOf(run: string, at: number): Generator<readonly [piece: string, at: number]> {
  if (!isUnspaced(run)) yield [run, at]
  else for (const { segment, index } of segmenter.segment(run)) yield [segment, at + index]
}

/**
 * Cuts a text into the words by which it is found, in its order. Both databases get the same words, so both find the same. Chinese, Japanese
 * and the like are cut by a dictionary. Mail addresses, paths and numbers with hyphens are several words.
 */
export function* wordsIn(text: string): Generator<Word> {
  for (const run of text.matchAll(RUNS)) {
    for (const [piece, from] of piecesOf(run[0], run.index)) {
      const to = from + piece.length
      for (const word of normalised(piece).split(BETWEEN)) {
        if (word !== '') yield { word: shortened(word), from, to }
      }
    }
  }
}
