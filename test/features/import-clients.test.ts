import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { connectDevice } from '../support/device.ts'
import { newEnvironment } from '../support/environment.ts'
import { askAs, at, importAll, type Line, SAM, said, TICKET, told } from '../support/imports.ts'
import {
  ADDED,
  acknowledge,
  begin,
  drop,
  expectNext,
  follow,
  nextMessage,
  openScene,
  type Scene,
} from '../support/resume.ts'

const EVENTS = `subscription { notificationEvents {
  __typename unread { count } ... on NotificationAdded { notification { title } }
} }`
const LIST = '{ notifications(first: 9) { nodes { title } unread { count } resumeCursor } }'
const MESSAGES = 'subscription { ticketMessage(ticketId: "t") { number body } }'
const ANN: { readonly userId: string } = { userId: 'ann' }

function notify({ backend }: Scene, title: string, userId = 'ann') {
  return backend(
    `mutation { notify(input: { userIds: ["${userId}"], notification: { type: "t", title: "${title}" } }) { recipients } }`,
  )
}

/** A Herald, and how it is started again over the same database after an import. */
async function openBefore() {
  const env = await newEnvironment()
  const open = () => openScene(env['DATA_DIR'], env)
  const scene = await open()
  const importAndOpen = async (lines: readonly Line[]): Promise<Scene> => {
    await scene.app.close()
    await importAll(env, lines)
    return open()
  }
  return { scene, importAndOpen }
}

async function listOf({ app }: Scene) {
  const { notifications } = await askAs(app, ['ann'], LIST)
  const { nodes, unread, resumeCursor } = notifications
  return { titles: nodes.map(({ title }: Line) => title), unread: unread.count, resumeCursor }
}

describe('a client of before an import', () => {
  test('is told that it may have missed something, has the right list and count then, and misses nothing later', async () => {
    const { scene, importAndOpen } = await openBefore()
    const [events, added] = [randomUUID(), randomUUID()]
    const sockets = [await begin(scene, events, { ...ANN, query: EVENTS }), await begin(scene, added, ANN)]
    await notify(scene, 'Own')
    for (const socket of sockets) {
      await nextMessage(socket)
      await acknowledge(socket)
      await drop(socket)
    }
    const after = await importAndOpen([told('old', 1), told('older', 0), told('read', 2, { readAt: at(3) })])
    const onEvents = await follow(after, events, { ...ANN, query: EVENTS })
    const reset = await nextMessage(onEvents)
    expect(reset['payload']).toMatchObject({
      data: { notificationEvents: { __typename: 'NotificationsReset', unread: { count: 3 } } },
      extensions: { resume: 'expired' },
    })
    // The newest again, since something may have come meanwhile.
    const onAdded = await follow(after, added, ANN)
    await expectNext(onAdded, 'Own', 'expired')
    expect(await listOf(after)).toMatchObject({ titles: ['Own', 'read', 'old', 'older'], unread: 3 })
    await notify(after, 'Next')
    await expectNext(onAdded, 'Next')
    expect((await nextMessage(onEvents))['payload'].data.notificationEvents).toEqual({
      ...{ __typename: 'NotificationAdded', unread: { count: 4 }, notification: { title: 'Next' } },
    })
  })

  test('gets CURSOR_EXPIRED for its cursors, also those of pages, and goes on from new ones', async () => {
    const { scene, importAndOpen } = await openBefore()
    await notify(scene, 'Own')
    const { resumeCursor } = await listOf(scene)
    const page = '{ notifications(first: 1) { pageInfo { endCursor } } }'
    const { endCursor } = (await askAs(scene.app, ['ann'], page))['notifications'].pageInfo
    const after = await importAndOpen([told('old', 1)])
    const ann = await connectDevice(after.app, 'ann')
    await expect(ann.subscribe(ADDED, { after: resumeCursor }).next()).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    await expect(ann.run(`{ notifications(first: 1, after: "${endCursor}") { nodes { id } } }`)).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
    })
    const { resumeCursor: present } = await listOf(after)
    const added = ann.subscribe(ADDED, { after: present })
    await notify(after, 'Next')
    expect(await added.next()).toEqual({ notificationAdded: { title: 'Next' } })
  })

  test('of a ticket is told the same, and goes on with what is said next', async () => {
    const { scene, importAndOpen } = await openBefore()
    await askAs(
      scene.app,
      ['shop', 'backend'],
      'mutation { upsertTicket(input: { id: "t", participants: [{ id: "ann" }] }) { id } }',
    )
    const id = randomUUID()
    await drop(await begin(scene, id, { ...ANN, query: MESSAGES }))
    const after = await importAndOpen([
      TICKET,
      said('Hello', 1),
      said('note', 2, { author: SAM, visibility: 'INTERNAL' }),
    ])
    const back = await follow(after, id, { ...ANN, query: MESSAGES })
    const { payload } = await nextMessage(back)
    expect(payload).toMatchObject({
      ...{ data: { ticketMessage: { number: 1, body: 'Hello' } }, extensions: { resume: 'expired' } },
    })
    await askAs(
      after.app,
      ['ann'],
      'mutation { sendTicketMessage(input: { ticketId: "t", body: "Now" }) { message { id } } }',
    )
    expect((await nextMessage(back))['payload'].data.ticketMessage).toEqual({ number: 2, body: 'Now' })
  })

  test('that the file does not name goes on as if nothing had been', async () => {
    const { scene, importAndOpen } = await openBefore()
    const id = randomUUID()
    const BEN = { userId: 'ben' }
    const socket = await begin(scene, id, BEN)
    await notify(scene, 'Own', 'ben')
    await expectNext(socket, 'Own')
    await acknowledge(socket)
    await drop(socket)
    const after = await importAndOpen([told('old', 1)])
    const back = await follow(after, id, BEN)
    await notify(after, 'Next', 'ben')
    await expectNext(back, 'Next')
  })
})
