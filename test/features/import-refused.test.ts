import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compareDumps, dumpDatabase } from '../support/database-dump.ts'
import { newEnvironment } from '../support/environment.ts'
import { at, importAll, importLines, type Line, SAM, said, TICKET, told } from '../support/imports.ts'
import { tempFolder } from '../support/temp.ts'

describe('what cannot be stored', () => {
  const LATER = new Date(Date.now() + 3_600_000).toISOString()

  test.each<[string, Line | string, string]>([
    ['no JSON', 'nonsense', 'The line is no JSON: '],
    ['no object', '[1]', 'The line is no JSON object.'],
    ['an unknown kind', { kind: 'user', id: '1' }, 'kind must be notification or ticket or message or read.'],
    ['a number that JavaScript changes', '{"kind":"notification","id":12345678901234567890}', 'id '],
    ['a key twice', '{"kind":"read","kind":"read"}', 'kind is there twice.'],
    ['an unknown field', told('x', 1, { colour: 'red' }), 'colour is no field that can be imported.'],
    [
      'a missing field',
      { kind: 'notification', id: 'x', userId: 'ann', type: 't', title: 'x' },
      'createdAt is missing.',
    ],
    ['a field of another type', told('x', 1, { title: 7 }), 'title must be a text.'],
    ['a missing id', told('', 1), 'id must not be empty.'],
    ['an id with a line break', told('a\nb', 1), 'id contains a control character or a line break.'],
    ['an id that is too long', told('x'.repeat(257), 1), 'id is too long: 257 characters, at most 256.'],
    ['an empty title', told('x', 1, { title: ' ' }), 'title must not be empty.'],
    [
      'a priority that does not exist',
      told('x', 1, { priority: 'MEDIUM' }),
      'priority must be LOW or NORMAL or HIGH or URGENT.',
    ],
    [
      'a body that is too large',
      told('x', 1, { body: 'x'.repeat(70_000) }),
      'body is too long: 70000 characters, at most 65536.',
    ],
    ['an address that runs code', told('x', 1, { actionUrl: 'javascript:alert(1)' }), 'actionUrl '],
    ['a day that does not exist', told('x', 1, { readAt: '2026-02-30T00:00:00Z' }), 'readAt must be a time such as'],
    ['a time as a number', told('x', 1, { createdAt: 1_700_000_000 }), 'createdAt must be a time such as'],
    ['a time to come', told('x', 1, { seenAt: LATER }), 'seenAt must not be in the future.'],
    ['a time before 1970', told('x', 1, { createdAt: '1969-12-31T00:00:00Z' }), 'createdAt must not be before 1970.'],
    ['what has expired', told('x', 1, { expiresAt: at(2) }), 'expiresAt must be in the future.'],
    ['who was erased', told('x', 1, { userId: 'erased' }), 'userId must not be "erased"'],
    ['an actor without an id', told('x', 1, { actor: { name: 'Ann' } }), 'actor.id is missing.'],
    [
      'a role that does not exist',
      { ...TICKET, id: 'u', assignee: { id: 'a', role: 'BOSS' } },
      'assignee.role must be CUSTOMER or',
    ],
    [
      'a participant twice',
      { ...TICKET, id: 'u', participants: [{ id: 'a' }, { id: 'a' }] },
      'participants names somebody twice.',
    ],
    ['a message of no ticket', said('x', 1, { ticketId: 'unknown' }), 'ticketId is unknown'],
    ['a message with nothing in it', said('x', 1, { body: null }), 'body must be given'],
    ['a note of a customer', said('x', 1, { visibility: 'INTERNAL' }), 'Internal notes are for staff.'],
    [
      'a message that comes too late',
      said('x', 5),
      'createdAt is before that of a message which the ticket has already',
    ],
    ['an answer to nothing', said('x', 20, { replyToId: 'nothing' }), 'replyToId is unknown in this ticket'],
    ['an answer to a note', said('x', 20, { replyToId: 'note' }), 'replyToId names an internal note'],
    ['an edit before the message', said('x', 20, { editedAt: at(19) }), 'editedAt must not be before createdAt.'],
    [
      'a mark of no ticket',
      { kind: 'read', ticketId: 'unknown', user: { id: 'ann' }, readAt: at(1) },
      'ticketId is unknown',
    ],
    [
      'a mark without a place',
      { kind: 'read', ticketId: 't', user: { id: 'ann' } },
      'Give either messageId or readAt.',
    ],
    [
      'a mark at no message',
      { kind: 'read', ticketId: 't', user: { id: 'ann' }, messageId: 'x' },
      'messageId is unknown in this ticket',
    ],
    [
      'a mark of a customer at a note',
      { kind: 'read', ticketId: 't', user: { id: 'ann' }, messageId: 'note' },
      'messageId is unknown in this ticket',
    ],
  ])('%s', async (_, line, reason) => {
    const { env, refusedFile } = await withTicket()
    const before = await dumpDatabase(env)
    const { code, stderr, refused } = await importLines(env, [told('good', 1), line], ['--refused', refusedFile])
    expect({ code, refused }).toEqual({ code: 1, refused: 1 })
    expect(stderr).toContain(`line 2: ${reason}`)
    expect(stderr).toMatch(/\nRefused lines: 1\.\n$/)
    const [written] = readFileSync(refusedFile, 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(written).toMatchObject({ line: 2, reason: expect.stringContaining(reason) })
    if (typeof line === 'object') expect(written.given).toEqual(line)
    // The good line is stored, and nothing else.
    const changed = compareDumps(before, await dumpDatabase(env)).filter((row) => row.startsWith('+'))
    expect(changed.map((row) => row.split(' ')[1]).sort()).toEqual(['inbox', 'notifications', 'streams'])
  })
})

/** A database with a ticket that has a message and a note. */
async function withTicket() {
  const env = await newEnvironment()
  await importAll(env, [TICKET, said('Hello', 9), said('note', 10, { author: SAM, visibility: 'INTERNAL' })])
  return { env, refusedFile: join(tempFolder(), 'refused.ndjson') }
}
