import { AppError, badInput } from './errors.ts'
import { EXACT_DIGITS, inexactNumber, isExactNumber } from './numbers.ts'

/** How deep objects and lists may be nested in JSON that comes in. So recursive functions can walk through it safely. */
export const MAX_NESTING = 64
/** How many values JSON that comes in may have. An object or list counts as four. Parsing that many takes some 30 ms. */
export const MAX_VALUES = 100_000
const VALUES_PER_OBJECT = 4

const MAX_SHOWN_KEY = 40
const MAX_SHOWN_STEPS = 10

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const NAME = /^[A-Za-z_]\w*$/

/** Where JSON text stands in a message, so that errors name values by paths that the sender knows. */
export interface JsonPlace {
  /** The name that paths begin with, such as `variables` when the text is the value of the variables. */
  readonly within?: string
  /** How many first steps of a path belong to the transport, and are left out of errors. */
  readonly skip?: number
}

/** An object or list that the scan has entered and not left. */
interface Level {
  /** The keys of an object so far; undefined in a list. */
  readonly keys: Set<string> | undefined
  /** The last key of an object, or the index in a list. */
  at: string | number
  /** Whether the next string is a key of an object. */
  expectsKey: boolean
}

function stepOf({ at }: Level, index: number): string {
  if (typeof at === 'number') return `[${at}]`
  const shown = at.length > MAX_SHOWN_KEY ? `${at.slice(0, MAX_SHOWN_KEY)}…` : at
  if (index > 0 && !NAME.test(shown)) return `[${JSON.stringify(shown)}]`
  return index === 0 ? shown : `.${shown}`
}

function pathOf(levels: readonly Level[]): string {
  const steps = levels.slice(0, MAX_SHOWN_STEPS).map(stepOf)
  return `${steps.join('')}${levels.length > MAX_SHOWN_STEPS ? '…' : ''}`
}

/** The index of the quote that ends the string whose first quote is at `start`; -1 when there is none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return end
  }
  return -1
}

/** Characters behind digits that go on with the number: a fraction or an exponent. */
const CONTINUED = new Set(['.', 'e', 'E'])

function endOfDigits(text: string, start: number): number {
  let end = start
  for (let code = text.charCodeAt(end); code >= 48 && code <= 57; code = text.charCodeAt(end)) end += 1
  return end
}

/** Scans well-formed JSON text without recursion, and throws BAD_USER_INPUT at the first value that `requireFaithfulJson` refuses. */
class Scan {
  readonly #text: string
  /** How many first steps are left out of the paths in errors. */
  readonly #skip: number
  readonly #levels: Level[] = []

  constructor(text: string, { within, skip = 0 }: JsonPlace) {
    this.#text = text
    this.#skip = skip
    if (within !== undefined) this.#levels.push({ keys: undefined, at: within, expectsKey: false })
  }

  run(): void {
    for (let at = 0; at < this.#text.length; ) at = this.#step(at)
  }

  #step(at: number): number {
    const character = this.#text[at] ?? ''
    if (character === '"') return this.#string(at)
    if (character === '-' || (character >= '0' && character <= '9')) return this.#number(at)
    if (character === '{') this.#open({ keys: new Set(), at: '', expectsKey: true })
    else if (character === '[') this.#open({ keys: undefined, at: 0, expectsKey: false })
    else if (character === '}' || character === ']') this.#levels.pop()
    else if (character === ',') this.#next()
    return at + 1
  }

  #open(level: Level): void {
    if (this.#levels.length === MAX_NESTING + this.#skip) this.#refuse(`is nested deeper than ${MAX_NESTING} levels`)
    this.#levels.push(level)
  }

  #next(): void {
    const level = this.#levels.at(-1)
    if (typeof level?.at === 'number') level.at += 1
    else if (level) level.expectsKey = true
  }

  #string(at: number): number {
    const end = endOfString(this.#text, at)
    const level = this.#levels.at(-1)
    if (level?.expectsKey) {
      const written = this.#text.slice(at + 1, end)
      level.at = written.includes('\\') ? JSON.parse(`"${written}"`) : written
      level.expectsKey = false
      if (level.keys?.has(`${level.at}`)) this.#refuse('is there twice')
      level.keys?.add(`${level.at}`)
    }
    return end + 1
  }

  #number(at: number): number {
    const end = endOfDigits(this.#text, at)
    // Most numbers are short integers, which a double holds exactly.
    if (end > at && end - at <= EXACT_DIGITS && !CONTINUED.has(this.#text[end] ?? '')) return end
    NUMBER.lastIndex = at
    const [number = ''] = NUMBER.exec(this.#text) ?? []
    if (!isExactNumber(number)) this.#refuse(inexactNumber(number))
    return at + Math.max(number.length, 1)
  }

  #refuse(why: string): never {
    throw badInput(`${pathOf(this.#levels.slice(this.#skip)) || 'The JSON'} ${why}.`)
  }
}

/** Up to this length, text is checked by writing its value again and comparing. */
const USUAL_LENGTH = 16 * 1024

/** Matches every number beyond 2^53 - 1 as JavaScript writes it. It can match inside of a string, too. */
const LARGE_NUMBER = /\d{16}|e\+/

const QUOTE = 0x22
const COMMA = 0x2c
// `[` and `{` differ in this bit alone, and so do `]` and `}`.
const BRACKET = 0x20
const OPENING = 0x7b
const CLOSING = 0x7d

/** Counts of JSON text, which are found without parsing it. */
export interface JsonShape {
  /** About how many values there are: objects, lists, and one for each comma. */
  readonly values: number
  /** How many objects and lists there are. */
  readonly objects: number
  /** The deepest nesting of objects and lists. */
  readonly depth: number
}

/** Counts the values, objects and nesting of JSON text, whether it is well-formed or not. Takes one pass, and parses nothing. */
export function shapeOfJson(text: string): JsonShape {
  let commas = 0
  let objects = 0
  let depth = 0
  let deepest = 0
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character === QUOTE) {
      at = endOfString(text, at)
      if (at < 0) break
    } else if (character === COMMA) commas += 1
    else if ((character | BRACKET) === OPENING) {
      objects += 1
      depth += 1
      if (depth > deepest) deepest = depth
    } else if ((character | BRACKET) === CLOSING && depth > 0) depth -= 1
  }
  return { values: 1 + commas + objects, objects, depth: deepest }
}

/** Whether comparing with what `JSON.stringify` writes is proof enough: the text is short, not deep, and has no large number. */
function isUsual(text: string): boolean {
  return text.length <= USUAL_LENGTH && shapeOfJson(text).objects < MAX_NESTING && !LARGE_NUMBER.test(text)
}

/**
 * `requireFaithfulJson` with a function that parses the text. Most text comes from JavaScript, so writing it again is the fastest check.
 */
function requireFaithful(text: string, place: JsonPlace, read: () => unknown): void {
  if (!isUsual(text) || JSON.stringify(read()) !== text) new Scan(text, place).run()
}

/**
 * Throws BAD_USER_INPUT, with the path of the value, when JSON text would not arrive as it was sent. That is so for a number that
 * JavaScript cannot hold (`isExactNumber`), and for the same key twice in an object. It also throws when the text is nested deeper than
 * `MAX_NESTING`. The text must be JSON.
 */
export function requireFaithfulJson(text: string, place: JsonPlace = {}): void {
  requireFaithful(text, place, () => JSON.parse(text))
}

function refuseDeep(text: string, place: JsonPlace): never {
  try {
    new Scan(text, place).run()
  } catch (error) {
    // Text that is no JSON can fail in another way.
    if (error instanceof AppError) throw error
  }
  throw badInput(`The JSON is nested deeper than ${MAX_NESTING} levels.`)
}

/**
 * Throws BAD_USER_INPUT when parsing text as JSON would take long: when it is nested deeper than `MAX_NESTING`, or has more than
 * `MAX_VALUES` values. The text need not be JSON.
 */
export function requireReadableJson(text: string, place: JsonPlace = {}, shape = shapeOfJson(text)): void {
  if (shape.depth > MAX_NESTING + (place.skip ?? 0)) refuseDeep(text, place)
  if (shape.values + (VALUES_PER_OBJECT - 1) * shape.objects <= MAX_VALUES) return
  const counting = `an object or list counts as ${VALUES_PER_OBJECT}`
  throw badInput(`The JSON has more than ${MAX_VALUES} values, where ${counting}.`)
}

/**
 * Parses JSON text and returns its value. `shape` saves counting when it is known already. Throws a SyntaxError when the text is no JSON,
 * and BAD_USER_INPUT as `requireReadableJson` and `requireFaithfulJson` do.
 */
export function parseFaithfulJson(text: string, place: JsonPlace = {}, shape?: JsonShape): unknown {
  if (text.length > USUAL_LENGTH) requireReadableJson(text, place, shape)
  const value: unknown = JSON.parse(text)
  requireFaithful(text, place, () => value)
  return value
}
