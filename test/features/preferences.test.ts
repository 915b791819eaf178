import { describe, expect, test } from 'vitest'
import { createPreferences } from '../../src/preferences/preferences.ts'
import { openEmbedded } from '../support/embedded.ts'
import { ann, bob } from '../support/notifications.ts'

const BOTH = { inApp: true, handOff: true }
const NOTHING_SAID = { default: { category: null, ...BOTH }, categories: [] }

async function openPreferences(preferences = 200) {
  const { storage } = await openEmbedded()
  const countRows = () => storage.read((tx) => tx.selectFrom('preferences').selectAll().execute())
  return {
    storage,
    countRows,
    ...createPreferences({ storage, limits: { preferences } }),
  }
}

describe('preferences', () => {
  test('are both true for all as long as nothing was said, and then nothing is stored', async () => {
    const { read, set, countRows } = await openPreferences()
    expect(await read(ann)).toEqual(NOTHING_SAID)
    expect(await set(ann, { category: 'billing' })).toEqual(NOTHING_SAID)
    expect(await set(ann, BOTH)).toEqual(NOTHING_SAID)
    expect(await countRows()).toEqual([])
  })

  test('are set by category, sorted by name, each part by itself, and are the own ones of a user', async () => {
    const { read, set } = await openPreferences()
    await set(ann, { category: 'social', inApp: false })
    await set(ann, { category: 'billing', handOff: false })
    const said = {
      ...NOTHING_SAID,
      categories: [
        { category: 'billing', inApp: true, handOff: false },
        { category: 'social', inApp: false, handOff: true },
      ],
    }
    expect(await read(ann)).toEqual(said)
    expect((await set(ann, { category: 'social', handOff: false })).categories[1]).toEqual({
      category: 'social',
      inApp: false,
      handOff: false,
    })
    expect(await read(bob)).toEqual(NOTHING_SAID)
  })

  test('of a category that has none begin as the default says then, and keep that', async () => {
    const { set } = await openPreferences()
    expect(await set(ann, { inApp: false })).toMatchObject({ default: { inApp: false, handOff: true } })
    await set(ann, { category: 'billing', handOff: false })
    expect(await set(ann, { inApp: true, handOff: true })).toEqual({
      default: { category: null, ...BOTH },
      categories: [{ category: 'billing', inApp: false, handOff: false }],
    })
  })

  test('end where neither is said: the default applies again', async () => {
    const { set, countRows } = await openPreferences()
    await set(ann, { handOff: false })
    await set(ann, { category: 'billing', inApp: false })
    expect(await set(ann, { category: 'billing', inApp: null, handOff: null })).toMatchObject({ categories: [] })
    expect(await set(ann, {})).toEqual(NOTHING_SAID)
    expect(await countRows()).toEqual([])
  })

  test('are for a limited number of categories, also when many are set at once', async () => {
    const { set, read } = await openPreferences(3)
    const all = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e'].map((category) => set(ann, { category, inApp: false })),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    for (const result of all) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringMatching(/at most 3/) })
      }
    }
    const { categories } = await read(ann)
    expect(categories).toHaveLength(3)
    const known = categories[0]?.category
    await set(ann, { category: known, handOff: false })
    await set(ann, { inApp: false })
    await set(bob, { category: 'f', inApp: false })
    await set(ann, { category: known })
    await set(ann, { category: 'f', inApp: false })
  })

  test.each(['', ' ', 'x'.repeat(65), 'a\nb'])('are refused for what is no category: %j', async (category) => {
    const { set } = await openPreferences()
    await expect(set(ann, { category, inApp: false })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  test('of a user are erased', async () => {
    const { set, read, erase, storage } = await openPreferences()
    for (const who of [ann, bob]) await set(who, { category: 'billing', inApp: false })
    await storage.write((tx) => erase(tx, 'ann'))
    expect(await read(ann)).toEqual(NOTHING_SAID)
    expect((await read(bob)).categories).toHaveLength(1)
  })
})
