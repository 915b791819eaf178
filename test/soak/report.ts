import type { Account, Reconciliation } from '../support/reconciliation.ts'

function sum(accounts: readonly Account[], figure: (account: Account) => number): number {
  return accounts.reduce((total, account) => total + figure(account), 0)
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => cell.toLocaleString('en')).join(' | ')} |`
}

function accountRow({ name, connections, expected, received, disordered, repeats, errors }: Account): string {
  return row([name, expected, received, expected - received, disordered, repeats, connections, errors.length])
}

/** What came of what was sent, as Markdown. */
export function writeReport({ events, seconds, faults, closes, accounts }: Reconciliation): string {
  const published = 2 * events
  const received = sum(accounts, (account) => account.received)
  return [
    row(['client', 'expected', 'received', 'missing', 'disordered', 'repeats', 'connections', 'errors']),
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...accounts.map(accountRow),
    '',
    `${published.toLocaleString('en')} published × ${accounts.length} followers = ${(published * accounts.length).toLocaleString('en')}, ` +
      `received ${received.toLocaleString('en')}, in ${Math.round(seconds)} s`,
    `Faults: ${list(faults)}`,
    `Sockets closed, by code: ${list(closes)}`,
  ].join('\n')
}
