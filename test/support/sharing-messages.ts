import type { Scene } from './sharing-cases.ts'

/** Does something to a message of ticket 42. */
type Act = (scene: Scene) => Promise<void>
type Who = keyof Scene['devices']

async function idOf({ devices }: Scene, number: number): Promise<string> {
  const { ticket } = await devices.alice.run('{ ticket(id: "42") { messages(first: 100) { nodes { id number } } } }')
  return ticket.messages.nodes[number - 1].id
}

/** Reacts to a public message, which is named by its number. */
export function reactTo(who: Who, number: number): Act {
  return async (scene) => {
    const id = await idOf(scene, number)
    await scene.devices[who].run(`mutation { addReaction(messageId: "${id}", emoji: "👍") { message { id } } }`)
  }
}

/** Answers a public message, which is named by its number. */
export function answerTo(who: Who, number: number): Act {
  return async (scene) => {
    const input = `{ ticketId: "42", body: "As I said", replyToId: "${await idOf(scene, number)}" }`
    await scene.devices[who].run(`mutation { sendTicketMessage(input: ${input}) { message { id } } }`)
  }
}
