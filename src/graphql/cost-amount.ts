import { type ConstValueNode, type ValueNode, valueFromASTUntyped } from 'graphql'
import type { ArgumentPath } from './cost-rules.ts'

/** Variables as they were sent. */
export type Variables = Readonly<Record<string, unknown>>

/** A number, or how to largestOf it from the variables. */
export type Amount = number | ((variables: Variables) => number)

/** How many entries an argument asks for: undefined when it says nothing. */
export type Size = number | undefined | ((variables: Variables) => number | undefined)

/** The value of a variable that was not sent; undefined: it has none. */
export type DefaultOf = (variable: string) => unknown

function isNumber(amount: Amount): amount is number {
  return typeof amount === 'number'
}

function numberOf(amount: Amount, variables: Variables): number {
  return isNumber(amount) ? amount : amount(variables)
}

/** Combines amounts; what does not depend on variables is combined now. */
function combined(amounts: readonly Amount[], combine: (a: number, b: number) => number, nothing: number): Amount {
  const fixed = amounts.filter(isNumber).reduce(combine, nothing)
  const others = amounts.filter((amount) => typeof amount === 'function')
  if (others.length === 0) return fixed
  return (variables) => {
    let total = fixed
    for (const amount of others) total = combine(total, amount(variables))
    return total
  }
}

export function sum(...amounts: readonly Amount[]): Amount {
  return combined(amounts, (a, b) => a + b, 0)
}

export function largest(...amounts: readonly Amount[]): Amount {
  return combined(amounts, (a, b) => Math.max(a, b), 0)
}

export function product(a: Amount, b: Amount): Amount {
  if (a === 0 || b === 0) return 0
  if (isNumber(a) && isNumber(b)) return a * b
  return (variables) => numberOf(a, variables) * numberOf(b, variables)
}

/** The largest of the sizes that say something, else what is assumed. */
export function sizeOr(sizes: readonly Size[], assumed: number): Amount {
  const largestOf = (variables: Variables): number => {
    let found: number | undefined
    for (const size of sizes) {
      const own = typeof size === 'function' ? size(variables) : size
      if (own !== undefined && (found === undefined || own > found)) found = own
    }
    return found ?? assumed
  }
  return sizes.some((size) => typeof size === 'function') ? largestOf : largestOf({})
}

/** A page is never larger than `max`, which is also what something counts that is no size at all: it will be refused. */
function clamp(value: number, max: number): number {
  return value >= 0 && value <= max ? value : value < 0 ? 0 : max
}

function sizeOfValue(value: unknown, path: ArgumentPath, max: number): number | undefined {
  const [name, ...rest] = path
  if (value === undefined || value === null) return undefined
  if (name !== undefined)
    return typeof value === 'object' ? sizeOfValue((value as Variables)[name], rest, max) : undefined
  if (Array.isArray(value)) return value.length
  return typeof value === 'number' ? clamp(value, max) : 1
}

/** What an argument says: `given` is its value in the document, `otherwise` the schema's when a variable was not sent. */
export interface Given {
  readonly given: ValueNode | undefined
  readonly otherwise: unknown
  readonly path: ArgumentPath
  /** What a number is cut to. */
  readonly max: number
}

/** How many entries a value of the document stands for: the number itself, the length of a list, 1 for anything else. */
export function sizeIn({ given, otherwise, path, max }: Given, defaultOf: DefaultOf): Size {
  if (given === undefined) return sizeOfValue(otherwise, path, max)
  if (given.kind === 'Variable') {
    const name = given.name.value
    const fallback = sizeOfValue(defaultOf(name) ?? otherwise, path, max)
    return (variables) => (variables[name] === undefined ? fallback : sizeOfValue(variables[name], path, max))
  }
  const [name, ...rest] = path
  if (name !== undefined) {
    const field = given.kind === 'ObjectValue' && given.fields.find((one) => one.name.value === name)
    return field ? sizeIn({ given: field.value, otherwise: undefined, path: rest, max }, defaultOf) : undefined
  }
  if (given.kind === 'ListValue') return given.values.length
  return sizeOfValue(valueFromASTUntyped(given as ConstValueNode), [], max)
}
