import { expect, test } from 'vitest'
import { openInbox } from '../../examples/kit/inbox.ts'
import { aliceToken, openScene } from '../support/kit.ts'

test('the example of the documentation shows an inbox, marks it, says what is wrong, and forgets it', async () => {
  const { url, notify, network } = await openScene()
  let shown: Parameters<Parameters<typeof openInbox>[2]>[0] | undefined
  const inbox = openInbox(url, aliceToken, (now) => {
    shown = now
  })
  await expect.poll(() => shown?.badge).toBe('0')
  await notify('One')
  await notify('Two')
  await expect
    .poll(() => shown)
    .toMatchObject({ badge: '2', lines: [{ title: 'Two' }, { title: 'One' }], trouble: null })
  await inbox.read(shown?.lines[0]?.id ?? '')
  await expect.poll(() => shown).toMatchObject({ badge: '1', lines: [{ isRead: true }, { isRead: false }] })
  const allow = await network.refuse()
  await expect.poll(() => shown?.trouble).not.toBeNull()
  await allow()
  await inbox.readAll()
  await expect.poll(() => shown).toMatchObject({ badge: '0', trouble: null })
  inbox.signOut()
  expect(shown).toEqual({ badge: '', lines: [], trouble: null })
})
