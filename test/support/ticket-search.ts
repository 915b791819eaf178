import { customer, type Desk, openDesk } from './tickets.ts'

const ann = customer('ann')

/** What a user finds: the text of each message, or the id and subject of a ticket. */
export async function findTexts(
  { tickets }: Desk,
  who: typeof ann,
  query: string,
  first = 50,
): Promise<readonly string[]> {
  const { nodes } = await tickets.search(who, { query, first })
  return nodes.map(({ ticket, message }) => message?.body ?? `${ticket.id}: ${ticket.subject}`)
}

/** Opens a desk with the ticket `t1` of Ann and these messages of hers, a millisecond apart. */
export async function openConversation(...bodies: readonly string[]): Promise<Desk> {
  const desk = await openDesk()
  await desk.open('t1', 'ann')
  for (const body of bodies) {
    desk.clock.advance(1)
    await desk.say(ann, 't1', body)
  }
  return desk
}
