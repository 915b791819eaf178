import { expect } from 'vitest'
import type { HandoffScene } from './handoff.ts'

/** Handed off as soon as somebody looks. */
export const AT_ONCE = { handOff: { afterSeconds: 0, unless: ['SEEN'] as const } }

/** The names of so many users. */
export function users(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `user-${n}`)
}

/** Lets time pass, in steps of a second of the clock, until it is so. */
export async function passUntil(
  scene: HandoffScene,
  isSo: () => boolean | Promise<boolean>,
  ms = 1_000,
): Promise<void> {
  while (!(await isSo())) {
    scene.clock.advance(ms)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** `passUntil` in larger steps, in which no attempt is under way: a real one takes no time by a clock that stands still. */
export async function passBetween(
  scene: HandoffScene,
  isSo: () => boolean | Promise<boolean>,
  ms: number,
): Promise<void> {
  const claimed = () =>
    scene.storage.read((tx) => tx.selectFrom('backend_events').select('id').where('claim', 'is not', null).execute())
  while (!(await isSo())) {
    scene.clock.advance(ms)
    await new Promise((resolve) => setTimeout(resolve, 5))
    while ((await claimed()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** `passBetween` from one attempt to the next one, however far away that is. */
export function passAttempts(scene: HandoffScene, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const nextAt = async (): Promise<number> => {
    const events = scene.storage.read((tx) =>
      tx
        .selectFrom('backend_events')
        .select('next_at')
        .where('dead_at', 'is', null)
        .orderBy('next_at')
        .executeTakeFirst(),
    )
    return (await events)?.next_at ?? 0
  }
  const jump = async (): Promise<boolean> => {
    if (await isSo()) return true
    // A second is left, so that it is not under way while the clock jumps.
    scene.clock.advance(Math.max(0, (await nextAt()) - 1_000 - scene.clock.now()))
    return false
  }
  return passBetween(scene, jump, 1_000)
}

/** Resolves when nothing is due and no event waits any more. */
export function passUntilEmpty(scene: HandoffScene): Promise<void> {
  return passUntil(scene, () => isEmpty(scene))
}

/** Whether nothing is due and no event waits. */
export async function isEmpty({ storage, handoff }: HandoffScene): Promise<boolean> {
  const due = await storage.read((tx) => tx.selectFrom('hand_offs').select('item').execute())
  return due.length === 0 && (await handoff.stats.oldestMs()) === undefined
}

/** The ids under which the event of each user was taken. */
export function idsByUser(requests: readonly { readonly id: string; readonly event: { data: { userId: string } } }[]) {
  const ids = new Map<string, Set<string>>()
  for (const { id, event } of requests) {
    ids.set(event.data.userId, (ids.get(event.data.userId) ?? new Set()).add(id))
  }
  return ids
}

/** Each of these users, and nobody else, was told, under one id. */
export function expectOnceEach(scene: HandoffScene, names: readonly string[]): void {
  const ids = idsByUser(scene.webhook.received)
  expect([...ids.keys()].sort()).toEqual([...names].sort())
  for (const of of ids.values()) expect(of.size).toBe(1)
  expect(idsByUser(scene.webhook.taken)).toEqual(ids)
}
