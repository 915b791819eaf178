import { readFileSync } from 'node:fs'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { borrowDatabase } from '../support/databases.ts'
import { newEnvironment } from '../support/environment.ts'
import { askAs, importLines } from '../support/imports.ts'

const SQL = readFileSync(new URL('../../examples/socket-io/export.sql', import.meta.url), 'utf8')

/** The tables that the example names, with what a service has in them. */
const OLD = `
  CREATE SCHEMA old_service;
  SET search_path = old_service;
  CREATE TABLE users (id bigint PRIMARY KEY, name text);
  CREATE TABLE notifications (id bigint, user_id bigint, type text, title text, message text, metadata jsonb,
    created_at timestamptz, read_at timestamptz);
  CREATE TABLE tickets (id bigint, customer_id bigint, agent_id bigint, subject text, is_closed boolean,
    created_at timestamptz, customer_read_at timestamptz, agent_read_at timestamptz);
  CREATE TABLE messages (id bigint, ticket_id bigint, sender_id bigint, is_agent boolean, is_internal boolean, content text,
    created_at timestamptz);
  INSERT INTO users VALUES (1, 'Ann'), (2, 'Sam');
  INSERT INTO notifications VALUES
    (12, 1, 'order.shipped', 'Shipped', 'Two' || chr(10) || 'lines', '{"order": 7}', '2020-01-02 10:00:00.123456+00', NULL),
    (11, 1, 'order.paid', 'Paid', NULL, NULL, '2020-01-01 10:00:00+01', '2020-01-01 12:00:00.9999+00');
  INSERT INTO tickets VALUES (7, 1, 2, 'The "lamp"', false, '2020-01-03 10:00+00', NULL, '2020-01-03 12:30+00'),
    (8, 1, NULL, NULL, true, '2020-01-04 10:00+00', NULL, NULL);
  INSERT INTO messages VALUES (1, 7, 1, false, false, 'It is dark', '2020-01-03 11:00+00'),
    (2, 7, 2, true, true, 'Third one today', '2020-01-03 12:00+00'),
    (3, 7, 1, false, false, 'Hello?', '2020-01-03 13:00+00')`

/** The history as "psql -qAt" prints it. */
async function exported(): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: await borrowDatabase() })
  await client.connect()
  onTestFinished(async () => {
    await client.query('DROP SCHEMA old_service CASCADE')
    await client.end()
  })
  await client.query(OLD)
  const results = await client.query({ text: SQL, rowMode: 'array', types: { getTypeParser: () => String } })
  return [results].flat().flatMap(({ rows }) => rows.map(([text]) => text))
}

test('the history of the example of docs/socket-io.md can be imported, and is all there', async () => {
  const lines = await exported()
  expect(lines).toHaveLength(8)
  const env = await newEnvironment()
  for (const options of [['--dry-run'], []]) {
    const { code, stderr } = await importLines(env, lines, options)
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: '' })
  }
  const app = await startTestApp({ env })
  const { notifications, tickets } = await askAs(
    app,
    ['1'],
    `{
      notifications { nodes { type title body data createdAt readAt } unread { count } }
      tickets { nodes { id subject status unreadCount messages { nodes { body author { name role } createdAt } } } }
    }`,
  )
  expect(notifications).toEqual({
    nodes: [
      {
        type: 'order.shipped',
        title: 'Shipped',
        body: 'Two\nlines',
        data: { order: 7 },
        createdAt: '2020-01-02T10:00:00.123Z',
        readAt: null,
      },
      {
        type: 'order.paid',
        title: 'Paid',
        body: null,
        data: null,
        createdAt: '2020-01-01T09:00:00.000Z',
        readAt: '2020-01-01T12:00:00.999Z',
      },
    ],
    unread: { count: 1 },
  })
  const ANN = { name: 'Ann', role: 'CUSTOMER' }
  expect(tickets.nodes).toEqual([
    { id: '8', subject: null, status: 'CLOSED', unreadCount: 0, messages: { nodes: [] } },
    {
      ...{ id: '7', subject: 'The "lamp"', status: 'OPEN', unreadCount: 0 },
      messages: {
        nodes: [
          { body: 'It is dark', author: ANN, createdAt: '2020-01-03T11:00:00.000Z' },
          { body: 'Hello?', author: ANN, createdAt: '2020-01-03T13:00:00.000Z' },
        ],
      },
    },
  ])
  const { ticket } = await askAs(
    app,
    ['2', 'agent'],
    '{ ticket(id: "7") { assignee { name } lastReadNumber unreadCount } }',
  )
  expect(ticket).toEqual({ assignee: { name: 'Sam' }, lastReadNumber: 2, unreadCount: 1 })
})
