import type { OpenLink } from '../../src/bus/link.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'

/** The link of a single node that carries JSON, as one between machines does: what JSON cannot say does not arrive. */
export const openJsonLink: OpenLink = (receiver) => {
  const link = openLocalLink({
    ...receiver,
    message: (topic, message) => {
      if (!receiver.fromOtherNode(topic, JSON.parse(JSON.stringify(message))))
        throw new Error(`Not an event of ${topic}`)
    },
  })
  return link
}
