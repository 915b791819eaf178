import { anchorOf } from './documentation.ts'

/** An entry of docs/decisions.md. */
interface Decision {
  readonly number: number
  readonly date: string
  readonly title: string
  /** As the index says it: `holds`, `changed by 4, 7` or `replaced by 9`. */
  readonly state: string
  /** Of the entries that its state names. */
  readonly laterAnchors: readonly string[]
}

function headingOf({ number, date, title }: Decision): string {
  return `${number}. ${date}: ${title}`
}

function readDecision(section: string, index: number): Decision {
  const [, number, date, title] = section.match(/^(\d+)\. (\d{4}-\d\d-\d\d): (.+)$/m) ?? []
  const [, word, by = ''] = section.match(/^\*\*State\.\*\* (Changed|Replaced) by ([^:.]*\))[:.]/m) ?? []
  const later = [...by.matchAll(/\[(\d+)\]\(#([^)]+)\)/g)]
  const numbers = later.map((match) => match[1]).join(', ')
  return {
    number: Number(number ?? Number.NaN),
    date: date ?? '',
    title: title ?? `the heading of entry ${index + 1} is not like the others`,
    state: word ? `${word.toLowerCase()} by ${numbers}` : section.includes('**State.**') ? 'cannot be read' : 'holds',
    laterAnchors: later.map((match) => match[2] ?? ''),
  }
}

/** The entries of the page, in its order. */
export function readDecisions(page: string): readonly Decision[] {
  return page.split(/^## /m).slice(1).map(readDecision)
}

/** The line of the index for each entry. */
function indexLinesOf(decisions: readonly Decision[]): readonly string[] {
  return decisions.map((decision) => {
    const { number, date, title, state } = decision
    return `| ${number} | ${date} | [${title}](#${anchorOf(headingOf(decision))}) | ${state} |`
  })
}

/** Where links to the entries go. */
export function anchorsOf(decisions: readonly Decision[]): readonly string[] {
  return decisions.map((decision) => anchorOf(headingOf(decision)))
}

/** What is wrong with the page: its index, its numbers, its dates, and what its entries say of each other. */
export function describeFaults(page: string): readonly string[] {
  const decisions = readDecisions(page)
  const anchors = anchorsOf(decisions)
  const index = page.split('\n').filter((line) => /^\| \d+ \|/.test(line))
  const wanted = indexLinesOf(decisions)
  return [
    ...wanted.filter((line) => !index.includes(line)).map((line) => `the index lacks: ${line}`),
    ...index.filter((line) => !wanted.includes(line)).map((line) => `the index has, of no entry: ${line}`),
    ...decisions.flatMap(({ number, date, laterAnchors }, place) => [
      ...(number === place + 1 ? [] : [`entry ${place + 1} has the number ${number}`]),
      ...(date >= (decisions[place - 1]?.date ?? '') ? [] : [`entry ${number} is older than the one before it`]),
      ...laterAnchors
        .filter((anchor) => anchors.indexOf(anchor) <= place)
        .map((anchor) => `entry ${number} names ${anchor}, which is no later entry`),
    ]),
  ]
}
