import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { LOOK } from '../support/customer-view.ts'
import { newEnvironment } from '../support/environment.ts'
import { askAs, at, importAll, type Line, SAM, said, TICKET } from '../support/imports.ts'

const MESSAGES: readonly Line[] = [said('hello', 1), said('What is it?', 3, { author: SAM }), said('hello again', 7)]

function note(minute: number): Line {
  return said(`note ${minute}`, minute, {
    author: SAM,
    visibility: 'INTERNAL',
    ...(minute === 8 && { replyToId: 'hello' }),
  })
}

/** All that Ann can ask of ticket 42, byte by byte, but for what differs in each database. */
async function seenBy(lines: readonly Line[]): Promise<string> {
  const env = await newEnvironment()
  const others = [
    { kind: 'ticket', id: '43', participants: [{ id: 'ann' }], createdAt: at(4) },
    // Later than the last message of the other one, and earlier than its last notes.
    said('hello elsewhere', 7.5, { ticketId: '43' }),
  ]
  await importAll(env, [{ ...TICKET, id: '42' }, ...lines.map((line) => ({ ...line, ticketId: '42' })), ...others])
  const app = await startTestApp({ env })
  const seen = JSON.stringify(await askAs(app, ['ann'], LOOK))
  await app.close()
  return seen.replaceAll(/"(cursor|startCursor|endCursor|resumeCursor)":"[^"]*"/g, '"$1":"…"')
}

test('a customer sees nothing of internal notes that were imported: not by text, number, time or count', async () => {
  const notes = [note(2), MESSAGES[0]!, note(2.5), MESSAGES[1]!, note(4), note(6), MESSAGES[2]!, note(8), note(9)]
  const inOrder = notes.toSorted((a, b) => String(a['createdAt']).localeCompare(String(b['createdAt'])))
  const read = { kind: 'read', ticketId: '42', user: { id: 'ann' }, messageId: 'What is it?' }
  const without = await seenBy([...MESSAGES, read])
  expect(without).toContain('hello again')
  expect(await seenBy([...inOrder, read])).toBe(without)
})
