import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { p99, type Timed, timeDuring } from './timed.ts'

/** What others may wait for at most; and on a busy machine three times as long as they do when nothing goes on. */
const P99_MS = 500
const QUIET_MS = 1_000
const PAUSE_MS = 20

/** What others do, again and again, by its name. */
export type Acts = Readonly<Record<string, () => Promise<unknown>>>

/** How it went, by the name of the act. */
export type Measured = Readonly<Record<string, Timed>>

async function measure(acts: Acts, other: Promise<unknown>): Promise<Measured> {
  return Object.fromEntries(
    await Promise.all(
      Object.entries(acts).map(async ([name, act]) => [name, await timeDuring(other, act, PAUSE_MS)] as const),
    ),
  )
}

/**
 * Expects that nothing of what others do is refused while something goes on, that `acts` are about as fast as ever, and that `waiting`
 * wait for it and no longer.
 */
export async function expectUndisturbed(
  acts: Acts,
  meanwhile: () => Promise<unknown>,
  waiting: Acts = {},
): Promise<void> {
  const all = { ...acts, ...waiting }
  const quiet = await measure(all, setTimeout(QUIET_MS))
  const limit = P99_MS + 3 * Math.max(...Object.values(quiet).map(({ took }) => p99(took)))
  const began = performance.now()
  let lasted = 0
  const going = meanwhile().finally(() => {
    lasted = performance.now() - began
  })
  const during = await measure(all, going)
  await going
  for (const [name, { took, refused }] of Object.entries(during)) {
    expect(refused, name).toEqual([])
    expect(p99(took), `${name}: p99 in ms`).toBeLessThan(name in waiting ? lasted + limit : limit)
  }
}
