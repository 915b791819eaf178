import type { Person } from './person.ts'
import type { Setup } from './setup.ts'

/** What the demo does as a backend of a product. It asks by HTTP, on a network that is never cut. */
export interface Backend {
  /** Notifies people, one after the other as often as asked. Resolves when all is stored. */
  notify(to: readonly Person[], title: string, times: number): Promise<void>
}

const NOTIFY = `mutation DemoNotify($input: NotifyInput!) { notify(input: $input) { notificationId } }`

/** Makes the backend of the demo. */
export function createBackend({ path, people }: Setup): Backend {
  const token = people.find(({ role }) => role === 'backend')?.token

  const ask = async <Data>(query: string, variables: object): Promise<Data> => {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = await answer.json()
    if (errors) throw new Error(errors[0].message)
    return data
  }

  return {
    notify: async (to, title, times) => {
      for (let nth = 1; nth <= times; nth += 1) {
        const notification = { type: 'shop.order.shipped', title: times > 1 ? `${title} (${nth})` : title }
        const input = { userIds: to.map(({ id }) => id), notification }
        const { notify } = await ask<{ notify: { notificationId: string } }>(NOTIFY, { input })
        for (const person of to) person.ledger.sent(notify.notificationId)
      }
    },
  }
}
