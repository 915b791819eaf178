/** What a text must be, wherever it comes in. Rules have names in `values.ts`. */
export interface TextRule {
  /** The most characters: Unicode code points. */
  readonly max: number
  /** Line breaks and tabs are allowed: running text rather than one line. */
  readonly multiline?: boolean
  /** Something else is called so. */
  readonly reserved?: string
}

/**
 * What can be seen by itself: not spaces, control and format characters (zero-width, bidi, soft hyphens, tags), fillers and selectors,
 * nor combining marks with nothing under them. U+2800 is a blank Braille pattern, U+FFFC stands for an object that is not there.
 */
const UNSEEN = String.raw`\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\uFFFC\u{1D159}`
/** What breaks a line or controls a terminal. A surrogate by itself is half a character. */
const NOT_IN_LINE = String.raw`\p{Cc}\p{Zl}\p{Zp}`
const NOT_IN_LINES = String.raw`\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x84\x86-\x9F`

const SEEN = new RegExp(`[^${UNSEEN}]`, 'u')
const CONTROL_IN_LINE = new RegExp(`[${NOT_IN_LINE}]`, 'u')
const CONTROL_IN_LINES = new RegExp(`[${NOT_IN_LINES}]`, 'u')

/** How many Unicode code points a text has. */
export function characters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** Whether a text has a character that can be seen. */
export function isVisible(text: string): boolean {
  return SEEN.test(text)
}

/** What is wrong with a text, to be put behind its name; undefined when it keeps to the rule. */
export function mistakeInText(text: string, { max, multiline = false, reserved }: TextRule): string | undefined {
  if (text.trim() === '') return 'must not be empty'
  if (!text.isWellFormed()) return 'contains half a surrogate pair, which is no character'
  if (text.length > max && characters(text) > max) return `is too long: ${characters(text)} characters, at most ${max}`
  if (multiline && CONTROL_IN_LINES.test(text)) return 'contains a control character'
  if (!multiline && CONTROL_IN_LINE.test(text)) return 'contains a control character or a line break'
  if (!isVisible(text)) return 'must not be empty: nothing in it can be seen'
  return text === reserved ? `must not be "${reserved}", which stands for whoever was erased` : undefined
}

/** The rule as a regular expression (with the flag `u`) that JSON Schema can use; it leaves the length to `maxLength`. */
export function patternOfText({ multiline = false }: TextRule): string {
  const allowed = `[^${multiline ? NOT_IN_LINES : NOT_IN_LINE}\\p{Cs}]*`
  return `^${allowed}[^${UNSEEN}]${allowed}$`
}

/** Whether the part of a text before its first dot keeps to a rule, for JSON Schema; the whole text keeps to one of its own. */
export function patternOfFirstPart({ max }: TextRule): string {
  return `^(?=[^.]{1,${max}}(?:\\.|$))[^.]*[^.${UNSEEN}]`
}
