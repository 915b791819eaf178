/** More digits than any number that Herald takes can have, and as many as JavaScript writes. */
const MAX_DIGITS = 100
/** A double tells all decimals of at most 15 digits apart, if it is not among the very smallest. */
export const EXACT_DIGITS = 15
const VERY_SMALL = 1e-300

function digitsOf(text: string): string {
  const [mantissa = ''] = text.replace(/^-/, '').split(/e/i)
  return mantissa.replace('.', '').replace(/^0+/, '').replace(/0+$/, '')
}

/**
 * Whether a number, as JSON or GraphQL writes it, is the same number once JavaScript holds it: at most 2^53 - 1 either way, and
 * the nearest double, written with as many digits, has those digits. So `0.1`, `1.0` and `-0` are; `9007199254740993`, `1e400`,
 * `1e-400` and `0.1000000000000000055` are not.
 */
export function isExactNumber(text: string): boolean {
  const value = Number(text)
  const size = Math.abs(value)
  if (!(size <= Number.MAX_SAFE_INTEGER)) return false
  // Most are decided here, without looking at digits.
  if ((text.length <= EXACT_DIGITS && size > VERY_SMALL) || String(value) === text) return true
  const digits = digitsOf(text)
  if (digits === '') return true
  if (digits.length > MAX_DIGITS) return false
  return digitsOf(value.toExponential(digits.length - 1)).padEnd(digits.length, '0') === digits
}

/** Why a number is refused that `isExactNumber` is false of. */
export function inexactNumber(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  return `is ${shown}, which would become another number: send it as a string`
}
