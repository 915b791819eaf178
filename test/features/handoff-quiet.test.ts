import { describe, expect, test } from 'vitest'
import { WEEKDAYS } from '../../src/lib/quiet-hours.ts'
import type { QuietHoursInput } from '../../src/preferences/quiet-hours.ts'
import { type HandoffOptions, type HandoffScene, openHandoffScene } from '../support/handoff.ts'
import { expectOnceEach, idsByUser, isEmpty, passUntil, users } from '../support/handoff-passing.ts'
import { prepareStorage } from '../support/storage.ts'
import { customer as viewer } from '../support/tickets.ts'

const NIGHT: QuietHoursInput = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }
const MINUTE_MS = 60_000

/** Hand-off at a moment, with a user whose nights are quiet. */
async function openNight(start: string, options: HandoffOptions = {}) {
  const scene = await openHandoffScene(options)
  const reach = async (text: string): Promise<void> => {
    for (let rest = 1; rest > 0; ) {
      rest = Date.parse(text) - scene.clock.now()
      scene.clock.advance(Math.min(Math.max(rest, 0), 10 * MINUTE_MS))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  scene.clock.advance(Date.parse(start) - scene.clock.now())
  await scene.preferences.setQuietHours(viewer('ann'), NIGHT)
  return {
    ...scene,
    reach,
    setHours: (input: QuietHoursInput | null) => scene.preferences.setQuietHours(viewer('ann'), input),
  }
}

/** The events of a user, with the moment of each. */
function toldOf({ webhook }: HandoffScene, userId = 'ann') {
  return webhook.taken
    .filter(({ event: { data } }) => data.userId === userId)
    .map(({ event: { time, data } }) => ({
      time: Date.parse(time),
      titles: data.notifications.map(({ title }: { title: string }) => title),
    }))
}

describe('in quiet hours', () => {
  test.each([
    ['in which the clocks go back', '2026-10-24T19:50:00Z', '2026-10-25T05:59:00Z'],
    ['in which the clocks go forward', '2026-03-28T20:50:00Z', '2026-03-29T04:59:00Z'],
  ])('what is due waits for their end, also in a night %s', async (_title, evening, morning) => {
    const scene = await openNight(evening)
    await scene.send('ann', { title: 'before' })
    await scene.pass(301)
    await scene.events()
    expect(toldOf(scene)).toMatchObject([{ titles: ['before'] }])
    // Due two minutes after ten.
    await scene.pass(120)
    await scene.send('ann', { title: 'first' })
    await scene.send('bob', { title: 'at once' })
    await scene.pass(301)
    await scene.send('ann', { title: 'second' })
    await scene.pass(30)
    const seen = await scene.send('ann', { title: 'seen' })
    await scene.pass(301)
    await scene.events()
    expect(toldOf(scene, 'bob')).toHaveLength(1)
    await scene.notifications.mark(viewer('ann'), 'SEEN', [seen])
    await scene.reach(morning)
    await scene.events()
    expect(toldOf(scene)).toHaveLength(1)
    await scene.pass(61)
    await scene.events()
    const [, digest, ...others] = toldOf(scene)
    expect(others).toEqual([])
    expect(digest?.titles).toEqual(['second', 'first'])
    expect(digest?.time).toBeGreaterThanOrEqual(Date.parse(morning) + MINUTE_MS)
    expect(await isEmpty(scene)).toBe(true)
  })

  test('what is urgent passes at once, alone, and the rest comes once at the end', async () => {
    const scene = await openNight('2026-11-02T21:30:00Z')
    await scene.send('ann', { title: 'one' })
    await scene.send('ann', { title: 'urgent', priority: 'URGENT' })
    await scene.pass(60)
    await scene.send('ann', { title: 'two' })
    await scene.send('ann', { title: 'urgent, too', priority: 'URGENT' })
    await scene.send('ann', { title: 'later', priority: 'URGENT', handOff: { afterSeconds: 3_600, unless: ['SEEN'] } })
    await scene.pass(260)
    await scene.events()
    expect(toldOf(scene).map(({ titles }) => titles)).toEqual([['urgent, too', 'urgent']])
    await scene.pass(3_600)
    await scene.events()
    expect(toldOf(scene).map(({ titles }) => titles)).toEqual([['urgent, too', 'urgent'], ['later']])
    await scene.reach('2026-11-03T06:01:00Z')
    await scene.events()
    expect(toldOf(scene).map(({ titles }) => titles)).toEqual([['urgent, too', 'urgent'], ['later'], ['two', 'one']])
  })

  test('a group that becomes urgent passes, and what joins it otherwise does not', async () => {
    const scene = await openNight('2026-11-02T21:30:00Z')
    await scene.send('ann', { title: 'one', groupKey: 'disk' })
    await scene.pass(301)
    await scene.send('ann', { title: 'two', groupKey: 'disk' })
    await scene.pass(301)
    await scene.events()
    expect(toldOf(scene)).toEqual([])
    await scene.send('ann', { title: 'three', groupKey: 'disk', priority: 'URGENT' })
    await scene.pass(301)
    await scene.events()
    expect(toldOf(scene)).toMatchObject([{ titles: ['three'] }])
  })

  test('what an update makes urgent passes, of a group, too, and what else it changes does not', async () => {
    const scene = await openNight('2026-11-02T21:30:00Z')
    const alone = await scene.send('ann', { title: 'one' })
    const member = await scene.send('ann', { title: 'two', groupKey: 'disk' })
    const other = await scene.send('ann', { title: 'three' })
    await scene.pass(301)
    await scene.notifications.update(other, { title: 'three, again' })
    await scene.pass(301)
    await scene.events()
    expect(toldOf(scene)).toEqual([])
    await scene.notifications.update(alone, { priority: 'URGENT' })
    await scene.pass(2)
    await scene.events()
    expect(toldOf(scene).map(({ titles }) => titles)).toEqual([['one']])
    await scene.notifications.update(member, { priority: 'URGENT' })
    await scene.pass(2)
    await scene.events()
    expect(toldOf(scene).map(({ titles }) => titles)).toEqual([['one'], ['two']])
    await scene.reach('2026-11-03T06:01:00Z')
    await scene.events()
    expect(toldOf(scene).map(({ titles }) => titles)).toEqual([['one'], ['two'], ['three, again']])
  })

  test('hours that are changed or ended count at once for what waits', async () => {
    const scene = await openNight('2026-11-02T21:30:00Z')
    await scene.send('ann', { title: 'one' })
    await scene.pass(301)
    await scene.setHours({ ...NIGHT, to: '23:00' })
    await scene.pass(60)
    await scene.events()
    expect(toldOf(scene)).toEqual([])
    await scene.reach('2026-11-02T22:01:00Z')
    await scene.events()
    expect(toldOf(scene)).toMatchObject([{ titles: ['one'] }])
    await scene.setHours(NIGHT)
    await scene.send('ann', { title: 'two' })
    await scene.pass(301)
    await scene.setHours(null)
    await scene.events()
    expect(toldOf(scene).slice(1)).toMatchObject([{ titles: ['two'] }])
  })

  test('hours that end, and a group that gets urgent, in the middle of a step are not missed', async () => {
    const scene = await openNight('2026-11-02T21:30:00Z')
    const online = { afterSeconds: 0, unless: ['ONLINE'] as const }
    scene.online.meanwhile = () => scene.setHours(null)
    await scene.send('ann', { title: 'one', handOff: online })
    await passUntil(scene, () => scene.online.meanwhile === undefined)
    await scene.events()
    expect(toldOf(scene)).toMatchObject([{ titles: ['one'] }])

    await scene.setHours(NIGHT)
    scene.online.meanwhile = () =>
      scene.send('ann', { title: 'three', groupKey: 'disk', priority: 'URGENT', handOff: { afterSeconds: 600 } })
    await scene.send('ann', { title: 'two', groupKey: 'disk', handOff: online })
    await passUntil(scene, () => scene.online.meanwhile === undefined)
    await scene.events()
    expect(toldOf(scene).slice(1)).toMatchObject([{ titles: ['three'] }])
  })

  test('hours go with a user who is erased, and so does what waits', async () => {
    const scene = await openNight('2026-11-02T21:30:00Z')
    await scene.send('ann', { title: 'one' })
    await scene.pass(301)
    await scene.storage.write((tx) => scene.preferences.erase(tx, 'ann'))
    expect(await scene.preferences.quietHours(viewer('ann'))).toBeNull()
    await scene.handoff.erase('ann')
    expect(await isEmpty(scene)).toBe(true)
  })

  test('hours that end for many in the same minute are over for each once, on two nodes', async () => {
    const open = prepareStorage()
    const one = await openNight('2026-11-02T21:30:00Z', { open })
    const other = await openHandoffScene({ open, webhook: one.webhook })
    other.clock.advance(one.clock.now() - other.clock.now())
    const names = users(200)
    const row = { begins: '22:00', ends: '23:00', time_zone: 'Europe/Berlin', days: WEEKDAYS.join() }
    await one.storage.write((tx) =>
      tx
        .insertInto('quiet_hours')
        .values(names.map((user_id) => ({ user_id, ...row })))
        .execute(),
    )
    await one.send(names, { handOff: { afterSeconds: 0, unless: ['SEEN'] } })
    const advance = (ms: number): void => {
      for (const { clock } of [one, other]) clock.advance(ms)
    }
    const both = { ...one, clock: { ...one.clock, advance } }
    const isHeld = async () =>
      (
        await one.storage.read((tx) =>
          tx.selectFrom('hand_offs').select('item').where('held_since', 'is not', null).execute(),
        )
      ).length === names.length
    await passUntil(both, isHeld)
    await passUntil(both, () => one.clock.now() >= Date.parse('2026-11-02T21:59:59Z'), MINUTE_MS)
    await passUntil(both, async () => idsByUser(one.webhook.taken).size === names.length && isEmpty(one))
    expectOnceEach(one, names)
    for (const { event } of one.webhook.taken) {
      expect(Date.parse(event.time)).toBeGreaterThanOrEqual(Date.parse('2026-11-02T22:00:00Z'))
    }
  })
})
