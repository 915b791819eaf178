import { describe, expect, test } from 'vitest'
import { connectDevice } from '../support/device.ts'
import { startTestApp } from '../support/app.ts'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { tempFolder } from '../support/temp.ts'

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'

describe('a full disk', () => {
  test('is a clear error that stores nothing by half, and every subscription stays alive', async () => {
    const dataDir = tempFolder()
    const app = await startTestApp({ env: { DATA_DIR: dataDir } })
    const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
    const unread = alice.subscribe('subscription { unreadCount { count revision } }')
    expect(await unread.next()).toEqual({ unreadCount: { count: 0, revision: 0 } })

    const userIds = Array.from({ length: 5_000 }, (_, index) => `user-${index}`)
    const send = () => backend.run(NOTIFY, { input: { userIds: ['alice', ...userIds], notification: { type: 'x', title: 'Hello' } } })
    const release = fillDisk(join(dataDir, 'herald.db'))
    await expect(send()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('Nothing was stored') })
    expect(await alice.run('{ unreadCount { count revision } }')).toEqual({ unreadCount: { count: 0, revision: 0 } })

    release()
    await send()
    expect(await unread.next()).toEqual({ unreadCount: { count: 1, revision: 1 } })
  })
})
