import { post } from './process.ts'

const UPSERT = 'mutation ($input: UpsertTicketInput!) { upsertTicket(input: $input) { id } }'
const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { id } } }'

/** Makes ticket 42 of these users. */
export async function makeTicket(url: string, backend: string, userIds: readonly string[]): Promise<void> {
  await post(url, backend, UPSERT, { input: { id: '42', participants: userIds.map((id) => ({ id })) } })
}

/** Sends event `number` to these users and to ticket 42, again until both were taken; keys make that once. */
export async function sendEvent(
  urlOf: () => string,
  backend: string,
  userIds: readonly string[],
  number: number,
): Promise<void> {
  const body = String(number)
  const input = { userIds, notification: { type: 'test.event', title: body }, idempotencyKey: body }
  for (;;) {
    try {
      await post(urlOf(), backend, NOTIFY, { input })
      await post(urlOf(), backend, SEND, { input: { ticketId: '42', body, clientMessageId: body } })
      return
    } catch (error) {
      // Nobody answered.
      if (!(error instanceof TypeError)) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
