import { type ConstValueNode, type ValueNode, valueFromASTUntyped } from 'graphql'
import type { ArgumentPath } from './cost-rules.ts'

/** The variables of an operation, as they were sent. */
export type Variables = Readonly<Record<string, unknown>>

/** A part of a cost: a number, or a function that gives the number for the variables of a request. */
export type Amount = number | ((variables: Variables) => number)

/** How many entries an argument asks for; undefined when it does not say. A function where that depends on variables. */
export type Size = number | undefined | ((variables: Variables) => number | undefined)

/** Gives the default that the document has for a variable; undefined when there is none. */
export type DefaultOf = (variable: string) => unknown

function isNumber(amount: Amount): amount is number {
  return typeof amount === 'number'
}

function numberOf(amount: Amount, variables: Variables): number {
  return isNumber(amount) ? amount : amount(variables)
}

/**
 * Combines amounts with `combine`, beginning with `nothing`. Fixed numbers are combined at once, and the others when the variables are
 * known.
 */
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

/** The sum of amounts; 0 without any. */
export function sum(...amounts: readonly Amount[]): Amount {
  return combined(amounts, (a, b) => a + b, 0)
}

/** The largest of some amounts; 0 without any. */
export function largest(...amounts: readonly Amount[]): Amount {
  return combined(amounts, (a, b) => Math.max(a, b), 0)
}

/** The product of two amounts. */
export function product(a: Amount, b: Amount): Amount {
  if (a === 0 || b === 0) return 0
  if (isNumber(a) && isNumber(b)) return a * b
  return (variables) => numberOf(a, variables) * numberOf(b, variables)
}

/** The largest of the sizes that are known; `assumed` when none is. */
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

/** Cuts a size to 0 … `max`, since a page is never larger. What is no size, such as NaN, counts as `max`: the request will be refused. */
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

/** What the document and the schema say of an argument. */
export interface Given {
  /** The value in the document; undefined when there is none. */
  readonly given: ValueNode | undefined
  /** The default of the schema, for an argument or a variable that was not given. */
  readonly otherwise: unknown
  /** The way to the value inside the argument; empty: the argument itself. */
  readonly path: ArgumentPath
  /** The largest size: larger numbers are cut to it. */
  readonly max: number
}

/** How many entries an argument stands for: the number itself, the length of a list, 1 for any other value. */
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
