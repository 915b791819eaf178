import { describe, expect, it } from 'vitest'
import { read } from '../support/reader.ts'
import { agent, customer, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const sam = agent('sam')

const PHOTO = { fileId: 'f-1', name: 'Lamp – “ü😀”.png', mediaType: 'image/png', bytes: 2_147_483_647, url: '/files/1' }
const BILL = {
  fileId: null,
  name: 'bill.pdf',
  mediaType: 'application/pdf',
  bytes: null,
  url: 'https://files.example/2',
}
const SENT = { name: BILL.name, mediaType: BILL.mediaType, url: BILL.url }

describe('attachments of a message', () => {
  it('come back as they were given: on pages, live, and to those who were away', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const { resumeCursor } = await tickets.messages(ann, { id: 't1' }, {})
    const live = read(await tickets.followMessages(sam, 'c1', 't1', null))
    const { message } = await tickets.send(ann, { ticketId: 't1', body: 'Look', attachments: [PHOTO, SENT] })
    expect(message.attachments).toEqual([PHOTO, BILL])
    expect(await live.next()).toEqual(message)
    const away = read(await tickets.followMessages(ann, 'c2', 't1', resumeCursor))
    expect(await away.next()).toEqual(message)
    expect((await tickets.messages(ann, { id: 't1' }, {})).nodes).toEqual([message])
  })

  it('can be all that there is: then the text is empty, which is not the null of a deleted message', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    for (const body of [undefined, null, '']) {
      const { message } = await tickets.send(ann, { ticketId: 't1', body, attachments: [PHOTO] })
      expect(message).toMatchObject({ body: '', attachments: [PHOTO] })
    }
    for (const body of [undefined, null, '']) {
      const send = tickets.send(ann, { ticketId: 't1', body, attachments: [] })
      await expect(send).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringMatching(/^body /) })
    }
    const spaces = tickets.send(ann, { ticketId: 't1', body: ' ', attachments: [PHOTO] })
    await expect(spaces).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it.each([
    ['a script as its address', { url: 'javascript:alert(1)' }, 'attachments[1].url'],
    ['an address that begins with mailto', { url: 'mailto:a@b.c' }, 'attachments[1].url'],
    ['the address of another site in disguise', { url: '//evil.example/a' }, 'attachments[1].url'],
    ['an address that is too long', { url: `/${'a'.repeat(2_048)}` }, 'attachments[1].url'],
    ['no name', { name: ' ' }, 'attachments[1].name'],
    ['a name of two lines', { name: 'a\nb' }, 'attachments[1].name'],
    ['a name that is too long', { name: 'a'.repeat(257) }, 'attachments[1].name'],
    ['no media type', { mediaType: '' }, 'attachments[1].mediaType'],
    ['a media type that is too long', { mediaType: 'a'.repeat(129) }, 'attachments[1].mediaType'],
    ['a negative size', { bytes: -1 }, 'attachments[1].bytes'],
    ['an empty file id', { fileId: '' }, 'attachments[1].fileId'],
    ['a file id that is too long', { fileId: 'a'.repeat(257) }, 'attachments[1].fileId'],
  ])('are refused with %s, at its place', async (_, other, place) => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const send = tickets.send(ann, { ticketId: 't1', body: 'x', attachments: [PHOTO, { ...PHOTO, ...other }] })
    const refusal = { code: 'BAD_USER_INPUT', message: expect.stringContaining(place) }
    await expect(send).rejects.toMatchObject(refusal)
    expect((await tickets.messages(ann, { id: 't1' }, {})).nodes).toEqual([])
  })

  it('are at most so many', async () => {
    const { tickets, open } = await openDesk({ attachments: 2 })
    await open('t1', 'ann')
    const send = (count: number) =>
      tickets.send(ann, { ticketId: 't1', attachments: Array.from({ length: count }, () => PHOTO) })
    await expect(send(3)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('at most 2'),
    })
    expect((await send(2)).message.attachments).toHaveLength(2)
  })

  it('belong to what a clientMessageId stands for', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const input = { ticketId: 't1', attachments: [PHOTO], clientMessageId: 'c1' }
    const { message } = await tickets.send(ann, input)
    const { url, ...rest } = PHOTO
    expect(await tickets.send(ann, { ...input, attachments: [{ url, ...rest }] })).toEqual({
      message,
      isDuplicate: true,
    })
    for (const attachments of [[SENT], [PHOTO, PHOTO]]) {
      await expect(tickets.send(ann, { ...input, attachments })).rejects.toMatchObject({ code: 'CONFLICT' })
    }
  })
})

describe('editing attachments', () => {
  it('changes what is given, and what is left out stays', async () => {
    const { tickets, open, clock } = await openDesk()
    await open('t1', 'ann')
    const { message } = await tickets.send(ann, { ticketId: 't1', body: 'Look', attachments: [PHOTO] })
    const live = read(await tickets.followMessages(sam, 'c1', 't1', null))
    clock.advance(1)
    const other = await tickets.edit(ann, message.id, null, [SENT])
    expect(other).toMatchObject({ body: 'Look', attachments: [BILL], editedAt: clock.now(), revision: 2 })
    expect(await tickets.edit(ann, message.id, 'Listen')).toMatchObject({ body: 'Listen', attachments: [BILL] })
    expect(await tickets.edit(ann, message.id, '', [BILL, PHOTO])).toMatchObject({
      body: '',
      attachments: [BILL, PHOTO],
    })
    expect(await tickets.edit(ann, message.id, 'Only text', [])).toMatchObject({ body: 'Only text', attachments: [] })
    expect((await live.take(4)).map(({ attachments }) => attachments.length)).toEqual([1, 1, 2, 0])
  })

  it('to the same changes nothing', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const { message } = await tickets.send(ann, { ticketId: 't1', attachments: [PHOTO] })
    const live = read(await tickets.followMessages(ann, 'c1', 't1', null))
    expect(await tickets.edit(ann, message.id, '', [{ ...PHOTO }])).toEqual(message)
    const barrier = await say(ann, 't1', 'Barrier')
    expect(await live.next()).toEqual(barrier)
  })

  it('is refused when nothing would be left, or nothing is given', async () => {
    const { tickets, open, say } = await openDesk()
    await open('t1', 'ann')
    const { message } = await tickets.send(ann, { ticketId: 't1', attachments: [PHOTO] })
    const { id } = await say(ann, 't1', 'Text')
    for (const edit of [
      () => tickets.edit(ann, message.id, undefined, []),
      () => tickets.edit(ann, message.id, undefined),
      () => tickets.edit(ann, message.id, null, null),
      () => tickets.edit(ann, id, ''),
      () => tickets.edit(ann, id, 'x', [{ ...PHOTO, url: 'x' }]),
    ]) {
      await expect(edit()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    }
  })
})

describe('attachments are gone', () => {
  it('when their message was deleted', async () => {
    const { tickets, open, storage } = await openDesk()
    await open('t1', 'ann')
    const { message } = await tickets.send(ann, { ticketId: 't1', body: 'x', attachments: [PHOTO] })
    expect(await tickets.remove(ann, message.id)).toMatchObject({ body: null, attachments: [] })
    const rows = await storage.read((tx) => tx.selectFrom('messages').selectAll().execute())
    expect(JSON.stringify(rows)).not.toContain('files')
  })

  it('when their author was erased', async () => {
    const { tickets, open, storage } = await openDesk()
    await open('t1', 'ann')
    await tickets.send(ann, { ticketId: 't1', body: 'x', attachments: [PHOTO] })
    await tickets.erase('ann')
    expect((await tickets.messages(sam, { id: 't1' }, {})).nodes).toMatchObject([{ body: null, attachments: [] }])
    const rows = await storage.read((tx) => tx.selectFrom('messages').selectAll().execute())
    expect(JSON.stringify(rows)).not.toContain('files')
  })
})
