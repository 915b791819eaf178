/** The most digits that `toExponential` writes. A number with more significant digits is refused. */
const MAX_DIGITS = 100
/** A double holds every decimal of at most 15 digits exactly enough to write it again, except among the very smallest numbers. */
export const EXACT_DIGITS = 15
const VERY_SMALL = 1e-300

function digitsOf(text: string): string {
  const [mantissa = ''] = text.replace(/^-/, '').split(/e/i)
  return mantissa.replace('.', '').replace(/^0+/, '').replace(/0+$/, '')
}

/**
 * Whether a number, as JSON or GraphQL writes it, is still the same number once JavaScript holds it. It must be between -(2^53 - 1) and
 * 2^53 - 1, and the nearest double, written with as many digits, must have the same digits. `0.1`, `1.0` and `-0` are exact.
 * `9007199254740993`, `1e400`, `1e-400` and `0.1000000000000000055` are not.
 */
export function isExactNumber(text: string): boolean {
  const value = Number(text)
  const size = Math.abs(value)
  if (!(size <= Number.MAX_SAFE_INTEGER)) return false
  // Most numbers are decided here, without comparing digits.
  if ((text.length <= EXACT_DIGITS && size > VERY_SMALL) || String(value) === text) return true
  const digits = digitsOf(text)
  if (digits === '') return true
  if (digits.length > MAX_DIGITS) return false
  return digitsOf(value.toExponential(digits.length - 1)).padEnd(digits.length, '0') === digits
}

/** Why a number is refused for which `isExactNumber` is false, as the end of a sentence. */
export function inexactNumber(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  return `is ${shown}, which would become another number: send it as a string`
}
