import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { loadTimeZones, WEEKDAYS } from '../../src/lib/quiet-hours.ts'
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

const { quietUntil } = await loadTimeZones()
const hours = fc.record({
  from: fc.constantFrom('21:55', '22:00', '22:05'),
  to: fc.constantFrom('22:10', '22:20', '21:50'),
  timeZone: fc.constant('UTC'),
})
const action = fc.oneof(
  fc.record({ send: fc.constantFrom('NORMAL' as const, 'URGENT' as const), after: fc.constantFrom(0, 60, 300) }),
  fc.record({ send: fc.constantFrom('NORMAL' as const, 'URGENT' as const), after: fc.constantFrom(0, 60, 300) }),
  fc.record({ see: fc.nat(10) }),
  fc.record({ hours: fc.option(hours) }),
  fc.record({ pass: fc.constantFrom(1, 30, 200, 400) }),
)

interface Sent {
  readonly id: string
  readonly title: string
  readonly isUrgent: boolean
  isSeen: boolean
}

test('whatever happens, what nobody saw is told once, and in quiet hours nothing but what is urgent', async () => {
  const scene = await openHandoffScene()
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 8, maxLength: 30 }), async (actions) => {
      const name = randomBytes(4).toString('hex')
      const start = Math.floor(scene.clock.now() / 86_400_000 + 1) * 86_400_000 + Date.UTC(1970, 0, 1, 21, 50)
      scene.clock.advance(start - scene.clock.now())
      const sent: Sent[] = []
      const periods: { readonly since: number; readonly hours: QuietHoursInput | null }[] = []
      for (const act of actions) {
        if ('send' in act) {
          const title = `${sent.length}`
          const handOff = { afterSeconds: act.after, unless: ['SEEN'] as const }
          const id = await scene.send(name, { title, priority: act.send, handOff })
          sent.push({ id, title, isUrgent: act.send === 'URGENT', isSeen: false })
        } else if ('see' in act) {
          const one = sent[act.see]
          if (!one) continue
          await scene.notifications.mark(viewer(name), 'SEEN', [one.id])
          one.isSeen = true
        } else if ('hours' in act) {
          await scene.preferences.setQuietHours(viewer(name), act.hours)
          periods.push({ since: scene.clock.now(), hours: act.hours })
        } else await scene.pass(act.pass)
      }
      await scene.preferences.setQuietHours(viewer(name), null)
      periods.push({ since: scene.clock.now(), hours: null })
      await scene.pass(301)
      await scene.events()
      const told = scene.webhook.taken.filter(({ event: { data } }) => data.userId === name)
      for (const { title, isUrgent, isSeen } of sent) {
        const of = told.filter(({ event: { data } }) =>
          data.notifications.some((one: { title: string }) => one.title === title),
        )
        expect(of.length).toBeLessThanOrEqual(1)
        if (!isSeen) expect(of).toHaveLength(1)
        for (const { event } of of) {
          const at = Date.parse(event.time)
          const now = periods.findLast(({ since }) => since <= at)?.hours
          const isQuiet = now && quietUntil({ ...now, days: WEEKDAYS }, at) !== undefined
          const isChange = periods.some(({ since }) => since === at)
          if (isQuiet && !isUrgent && !isChange) expect(`${title} at ${event.time}`).toBe('not told')
        }
      }
    }),
    { numRuns: inject('setup').database === 'sqlite' ? 12 : 5 },
  )
}, 120_000)
