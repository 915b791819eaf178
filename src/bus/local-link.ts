import type { OpenLink } from './link.ts'

/** The link of a single node: a message is received at once, inside of `send`, as the same object. */
export const openLocalLink: OpenLink = (receiver) => {
  const topics = new Set<string>()
  return {
    send: (topic, message) => {
      if (topics.has(topic)) receiver.message(topic, message)
    },
    listen: async (topic) => {
      topics.add(topic)
    },
    unlisten: (topic) => {
      topics.delete(topic)
    },
    ping: async () => {},
    close: async () => topics.clear(),
  }
}
