/** A rule for texts that come in, such as `TITLE` in `values.ts`. */
export interface TextRule {
  /** The most characters: Unicode code points. */
  readonly max: number
  /** Whether line breaks and tabs are allowed, for texts of several lines. */
  readonly multiline?: boolean
  /** A text that is refused because Herald uses it itself, such as `erased`. */
  readonly reserved?: string
}

/**
 * Characters that cannot be seen by themselves. These are spaces, control and format characters (zero-width, bidi, soft hyphens, tags),
 * fillers, selectors, and combining marks. U+2800 is a blank Braille pattern; U+FFFC stands for an object that is not there.
 */
const UNSEEN = String.raw`\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\uFFFC\u{1D159}`
/** Characters that break a line or control a terminal. */
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

/** Whether a text has at least one visible character. */
export function isVisible(text: string): boolean {
  return SEEN.test(text)
}

/** What is wrong with a text, to be put behind the name of the argument: `must not be empty`. Undefined when it keeps to the rule. */
export function mistakeInText(text: string, { max, multiline = false, reserved }: TextRule): string | undefined {
  if (text.trim() === '') return 'must not be empty'
  if (!text.isWellFormed()) return 'contains half a surrogate pair, which is no character'
  if (text.length > max && characters(text) > max) return `is too long: ${characters(text)} characters, at most ${max}`
  if (multiline && CONTROL_IN_LINES.test(text)) return 'contains a control character'
  if (!multiline && CONTROL_IN_LINE.test(text)) return 'contains a control character or a line break'
  if (!isVisible(text)) return 'must not be empty: nothing in it can be seen'
  return text === reserved ? `must not be "${reserved}", which stands for whoever was erased` : undefined
}

/** A text rule as a regular expression (with the flag `u`) for JSON Schema. It does not check the length, which `maxLength` does. */
export function patternOfText({ multiline = false }: TextRule): string {
  const allowed = `[^${multiline ? NOT_IN_LINES : NOT_IN_LINE}\\p{Cs}]*`
  return `^${allowed}[^${UNSEEN}]${allowed}$`
}

/** A regular expression for JSON Schema: the part of a text before its first dot must keep to this rule. It does not check the rest. */
export function patternOfFirstPart({ max }: TextRule): string {
  return `^(?=[^.]{1,${max}}(?:\\.|$))[^.]*[^.${UNSEEN}]`
}
