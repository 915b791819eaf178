import { describe, expect, test } from 'vitest'
import { WEEKDAYS } from '../../src/lib/quiet-hours.ts'
import { createPreferences } from '../../src/preferences/preferences.ts'
import type { QuietHoursInput } from '../../src/preferences/quiet-hours.ts'
import { openEmbedded } from '../support/embedded.ts'
import { ann, bob } from '../support/notifications.ts'

const NIGHT: QuietHoursInput = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }

async function openPreferences() {
  const { storage } = await openEmbedded()
  const changed: string[] = []
  const quietHoursChanged = async (_tx: unknown, userId: string): Promise<void> => {
    changed.push(userId)
  }
  return { storage, changed, ...createPreferences({ storage, limits: { preferences: 200 }, quietHoursChanged }) }
}

describe('quiet hours', () => {
  test('are stored as they were given, replaced, and ended', async () => {
    const { set, setQuietHours, quietHours, changed } = await openPreferences()
    expect(await quietHours(ann)).toBeNull()
    await set(ann, { category: 'billing', inApp: false })
    const { quietHours: answered, categories } = await setQuietHours(ann, NIGHT)
    expect(answered).toEqual({ ...NIGHT, days: WEEKDAYS })
    expect(categories).toMatchObject([{ category: 'billing' }])
    const weekend = { from: '00:00', to: '23:59', timeZone: 'europe/Kiev', days: ['SUNDAY', 'SATURDAY'] as const }
    await setQuietHours(ann, weekend)
    expect(await quietHours(ann)).toEqual({ ...weekend, days: ['SATURDAY', 'SUNDAY'] })
    await setQuietHours(bob, { ...NIGHT, days: null })
    expect((await setQuietHours(ann, null)).quietHours).toBeNull()
    expect((await setQuietHours(ann, null)).quietHours).toBeNull()
    expect(await quietHours(ann)).toBeNull()
    expect(await quietHours(bob)).toEqual({ ...NIGHT, days: WEEKDAYS })
    expect(changed).toEqual(['ann', 'ann', 'bob', 'ann', 'ann'])
  })

  test('are erased with their user', async () => {
    const { storage, setQuietHours, erase } = await openPreferences()
    await setQuietHours(ann, NIGHT)
    await setQuietHours(bob, NIGHT)
    await storage.write((tx) => erase(tx, 'ann'))
    const rows = await storage.read((tx) => tx.selectFrom('quiet_hours').select('user_id').execute())
    expect(rows).toEqual([{ user_id: 'bob' }])
  })

  test.each<[place: string, wrong: Partial<QuietHoursInput>]>([
    ['input.from', { from: '24:00' }],
    ['input.from', { from: '7:00' }],
    ['input.from', { from: '22:00:00' }],
    ['input.from', { from: '22:00\n' }],
    ['input.to', { to: '07:60' }],
    ['input.to', { to: '' }],
    ['input.to', { from: '07:00' }],
    ['input.timeZone', { timeZone: '+02:00' }],
    ['input.timeZone', { timeZone: 'Nowhere/Here' }],
    ['input.timeZone', { timeZone: '' }],
    ['input.timeZone', { timeZone: 'A'.repeat(100_000) }],
    ['input.timeZone', { timeZone: '2026-01-01[Europe/Berlin]' }],
    ['input.days', { days: [] }],
  ])('say where something is wrong: %s %o', async (place, wrong) => {
    const { setQuietHours, quietHours } = await openPreferences()
    const refused = setQuietHours(ann, { ...NIGHT, ...wrong })
    await expect(refused).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(`^${place} `),
    })
    expect(await quietHours(ann)).toBeNull()
  })
})
