import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import { loadTimeZones, WEEKDAYS } from '../../src/lib/quiet-hours.ts'
import type { QuietHoursInput } from '../../src/preferences/quiet-hours.ts'
import { openHandoffScene } from '../support/handoff.ts'
import { customer as viewer } from '../support/tickets.ts'

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
  fc.record({ hours: fc.option(hours, { freq: 3 }) }),
  fc.record({ pass: fc.constantFrom(30, 70, 200, 400) }),
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
      const start = Math.floor(scene.clock.now() / 86_400_000 + 1) * 86_400_000 + Date.UTC(1970, 0, 1, 21, 54)
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
        } else {
          await scene.pass(act.pass)
          await scene.events()
        }
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
