import { expect, test } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { followTogether, until } from '../support/follow-together.ts'
import { openJournal } from '../support/journal.ts'

test('followers of a log with another history are told so at once, and go on where it stands', async () => {
  const journal = await openJournal()
  const deafBus = createBus({ clock: createManualClock(), log: silentLog(), openLink: openLocalLink })
  const { expire, results, source, stop } = await followTogether(journal, deafBus)
  await journal.append('one', 'two')
  expire('another log')
  expire(source)
  await until(() => results.length > 0)
  expect(results).toMatchObject([{ data: { text: 'two' }, extensions: { resume: 'expired' } }])
  expire(source)
  await until(() => results.length > 1)
  expect(results[1]).toMatchObject({ data: { text: 'two' }, extensions: { resume: 'expired' } })
  stop()
})
