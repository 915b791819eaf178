import fc from 'fast-check'
import { type ExecutionResult, parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { createSchema } from '../../src/graphql/schema.ts'
import { type Face, openFace } from '../support/graphql.ts'
import { randomDocument } from '../support/random-document.ts'
import { type Read, reading } from '../support/reading.ts'
import { agent, customer } from '../support/tickets.ts'

/** Fields of an answer that a cost of 1 stands for at most: those of one row, some of them twice. */
const FIELDS = 50
/** Rows that a ticket of a filtered list stands for: a customer's is read in two steps, what the filter looks at and then the ticket. */
const ROWS_OF_FILTERED = 2
const TICKETS = 12
const PEOPLE = ['ann', 'bob', 'cid', 'dan', 'eve']

const ann = customer('ann')
const sam = agent('sam')
const schema = createSchema()

async function fill({ services: { notifications, tickets } }: Face): Promise<void> {
  for (let n = 0; n < 30; n += 1) {
    const notification = { type: `t${n % 4}.x`, title: 'Hello', body: 'body', data: { n } }
    await notifications.notify({ userIds: PEOPLE, notification })
  }
  for (let t = 0; t < TICKETS; t += 1) {
    const participants = PEOPLE.slice(0, 1 + (t % PEOPLE.length)).map((id) => ({ id }))
    await tickets.upsert({ id: `t${t}`, participants, assignee: { id: 'sam', role: 'AGENT' } })
    for (let n = 0; n < t * 3; n += 1) await tickets.send(n % 2 ? ann : sam, { ticketId: `t${t}`, body: `${n}` })
  }
}

function fieldsIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, entry) => sum + fieldsIn(entry), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, entry) => sum + 1 + fieldsIn(entry), 0)
}

const calls = [
  'me',
  'realtimeConfig',
  'unreadCount',
  'notifications',
  'notifications(first: $n)',
  'notifications(first: $n, filter: { categories: ["t1", "t2"] })',
  'ticket(id: "t7")',
  'tickets',
  'tickets(first: $n)',
  'tickets(first: $n, status: [OPEN])',
  'presence(userIds: $ids)',
  'presence(userIds: ["ann", "bob"])',
]

test('an operation costs at least the rows that it reads, half of them in a filtered list, and a fixed share of the fields that it answers', async () => {
  let take = (): Read => ({ rows: 0, characters: 0, columns: new Set() })
  const face = await openFace((storage) => {
    const watched = reading(storage)
    take = watched.take
    return watched.storage
  })
  await fill(face)
  let answered = 0

  const ask = async (query: string, variables: Record<string, unknown>, isStaff: boolean): Promise<ExecutionResult> => {
    take()
    return face.ask(isStaff ? sam : ann, query, { variables })
  }

  await fc.assert(
    fc.asyncProperty(
      fc.gen(),
      fc.constantFrom(...calls),
      fc.integer({ min: 1, max: 100 }),
      fc.subarray(PEOPLE, { minLength: 1 }),
      fc.boolean(),
      async (g, call, n, ids, isStaff) => {
        const given = {
          ...(call.includes('$n') && { n: { type: 'Int!', value: n } }),
          ...(call.includes('$ids') && { ids: { type: '[ID!]!', value: ids } }),
        }
        const { query, variables } = randomDocument(g, { schema, operation: 'query', call, variables: given })
        fc.pre(validate(schema, parse(query)).length === 0)
        const { data, errors } = await ask(query, variables, isStaff)
        expect(errors).toBeUndefined()
        const cost = face.costOf(query, variables)
        const times = call.includes('status') ? ROWS_OF_FILTERED : 1
        expect(cost * times, query).toBeGreaterThanOrEqual(take().rows)
        expect(cost * FIELDS, query).toBeGreaterThanOrEqual(fieldsIn(data))
        answered += 1
      },
    ),
    { numRuns: 200 },
  )
  expect(answered).toBeGreaterThan(100)
})
