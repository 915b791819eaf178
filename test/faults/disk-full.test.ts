import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { connectDevice } from '../support/device.ts'
import { startProcess } from '../support/process.ts'
import { tempFolder } from '../support/temp.ts'

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const UNREAD = '{ unreadCount { count revision } }'
const FILE_KIB = 4_096
const USERS = Array.from({ length: 2_000 }, (_, index) => `user-${index}`)

describe('a full disk', () => {
  test('is a clear error that stores nothing by half, and every subscription stays alive', {
    timeout: 60_000,
  }, async () => {
    const herald = await startProcess({ DATA_DIR: tempFolder() }, `ulimit -S -f ${FILE_KIB}`)
    const [alice, backend] = [await connectDevice(herald, 'alice'), await connectDevice(herald, 'shop', 'backend')]
    const unread = alice.subscribe(`subscription ${UNREAD}`)
    expect(await unread.next()).toEqual({ unreadCount: { count: 0, revision: 0 } })

    const send = () =>
      backend.run(NOTIFY, { input: { userIds: ['alice', ...USERS], notification: { type: 'x', title: 'Hello' } } })
    let stored = 0
    let refusal: unknown
    while (refusal === undefined && stored < 100) {
      await send().then(
        () => {
          stored += 1
        },
        (error: unknown) => {
          refusal = error
        },
      )
    }
    expect(refusal).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('Nothing was stored'),
    })
    expect((await alice.run(UNREAD))['unreadCount'].revision).toBe(stored)

    execFileSync('prlimit', ['--pid', String(herald.child.pid), '--fsize=unlimited:unlimited'])
    await send()
    let badge = await unread.next()
    while (badge['unreadCount'].revision <= stored) badge = await unread.next()
    expect(badge['unreadCount'].revision).toBe(stored + 1)
  })
})
