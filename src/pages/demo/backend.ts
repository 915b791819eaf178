import type { Person } from './person.ts'
import type { Setup } from './setup.ts'

/** What the demo does as a backend of a product. It asks by HTTP, on a network that is never cut. */
export interface Backend {
  /**
   * Notifies people, one after the other as often as asked. Asks again while Herald is away, with the same idempotency key, so that nothing
   * is stored twice. Resolves when all is stored.
   */
  notify(to: readonly Person[], title: string, times: number): Promise<void>
  /** Makes a ticket of a customer known. Resolves to its id. */
  openTicket(customer: Person, subject: string): Promise<string>
  /** Says where a ticket stands. */
  setStatus(ticketId: string, status: 'OPEN' | 'RESOLVED'): Promise<void>
  /** Restarts Herald. Resolves when the first of these people is connected again. Undefined: it cannot be restarted from here. */
  readonly restart: ((people: readonly Person[]) => Promise<void>) | undefined
}

/** The time from a request that nobody answered to the next one, in milliseconds. */
const AGAIN_MS = 500
const NOTIFY = `mutation DemoNotify($input: NotifyInput!) { notify(input: $input) { notificationId } }`
const UPSERT = `mutation DemoTicket($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }`

/** Resolves when somebody who is connected was away, and is back. */
function comesBack({ connection }: Person): Promise<void> {
  let wasAway = false
  return new Promise((resolve) => {
    const leave = connection.subscribe(({ status }) => {
      if (status !== 'connected') wasAway = true
      else if (wasAway) {
        leave()
        resolve()
      }
    })
  })
}

/** Makes the backend of the demo. */
export function createBackend({ path, people, restart }: Setup): Backend {
  const token = people.find(({ role }) => role === 'backend')?.token

  const post = (body: string): Promise<Response | undefined> =>
    fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      body,
    }).catch(() => undefined)

  const ask = async <Data>(query: string, variables: object): Promise<Data> => {
    const body = JSON.stringify({ query, variables })
    let answer = await post(body)
    while (!answer || answer.status === 503) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      answer = await post(body)
    }
    const { data, errors } = await answer.json()
    if (errors) throw new Error(errors[0].message)
    return data
  }

  return {
    notify: async (to, title, times) => {
      for (let nth = 1; nth <= times; nth += 1) {
        const notification = { type: 'shop.order.shipped', title: times > 1 ? `${title} (${nth})` : title }
        const input = { userIds: to.map(({ id }) => id), notification, idempotencyKey: crypto.randomUUID() }
        const { notify } = await ask<{ notify: { notificationId: string } }>(NOTIFY, { input })
        for (const person of to) person.ledger.sent(notify.notificationId)
      }
    },
    openTicket: async ({ id, name }, subject) => {
      const input = { id: `demo-${crypto.randomUUID()}`, subject, participants: [{ id, name }] }
      await ask(UPSERT, { input })
      return input.id
    },
    setStatus: async (id, status) => void (await ask(UPSERT, { input: { id, status } })),
    restart:
      restart === null
        ? undefined
        : async (persons) => {
            const isBack = persons.map(comesBack)
            await fetch(restart, { method: 'POST' })
            await Promise.race(isBack)
          },
  }
}
