import { expect, test } from 'vitest'
import { createWaiting } from '../../src/lib/waiting.ts'
import { heldBytes } from '../support/memory.ts'

const forever = new Promise<void>(() => {})

test('waits for a task, and fails as it does', async () => {
  const { unlessLetGo } = createWaiting()
  await unlessLetGo(Promise.resolve())
  await expect(unlessLetGo(Promise.reject(new Error('no')))).rejects.toThrow('no')
})

test('lets all go who wait, and none who come later', async () => {
  const { unlessLetGo, letGo } = createWaiting()
  const early = [unlessLetGo(forever), unlessLetGo(forever)]
  letGo()
  await Promise.all(early)
  const late = unlessLetGo(forever).then(() => 'late')
  expect(await Promise.race([late, new Promise((resolve) => setImmediate(() => resolve('nobody')))])).toBe('nobody')
})

test('keeps nothing of tasks that are over', async () => {
  const { unlessLetGo } = createWaiting()
  const pass = async (): Promise<void> => {
    for (let count = 0; count < 20_000; count++) await unlessLetGo(Promise.resolve())
  }
  await pass()
  const before = heldBytes()
  await pass()
  expect(heldBytes() - before).toBeLessThan(1024 * 1024)
})
