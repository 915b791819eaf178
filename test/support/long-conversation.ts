import { type HeraldProcess, post } from './process.ts'

const BODY_BYTES = 60_000

/**
 * A ticket `t` of Mallory, and an inbox, with so many long messages and notifications, as the backend may write them. Resolves to the cursors
 * of their beginnings.
 */
export async function writeLongConversation(
  { url, token }: Pick<HeraldProcess, 'url' | 'token'>,
  messages: number,
): Promise<{ readonly ticket: string; readonly inbox: string }> {
  const backend = await token('shop', 'backend')
  await post(url, backend, 'mutation { upsertTicket(input: { id: "t", participants: [{ id: "mallory" }] }) { id } }')
  const { ticket, notifications } = (await post(
    url,
    await token('mallory'),
    '{ ticket(id: "t") { messages(last: 1) { resumeCursor } } notifications(first: 1) { resumeCursor } }',
  )) as {
    readonly ticket: { readonly messages: { readonly resumeCursor: string } }
    readonly notifications: { readonly resumeCursor: string }
  }
  const WRITE = `mutation ($body: String!) {
    sendTicketMessage(input: { ticketId: "t", body: $body }) { isDuplicate }
    notify(input: { userIds: ["mallory"], notification: { type: "a.b", title: "Long", body: $body } }) { recipients }
  }`
  const body = 'x'.repeat(BODY_BYTES)
  for (let n = 0; n < messages; n += 1) await post(url, backend, WRITE, { body })
  return { ticket: ticket.messages.resumeCursor, inbox: notifications.resumeCursor }
}
