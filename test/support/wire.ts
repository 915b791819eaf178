import type { OpenLink, Receiver } from '../../src/bus/link.ts'
import { openJsonLink } from './json-link.ts'

/** What goes over the wire between nodes. */
export interface Wire {
  /** The topics of all events since the last call. */
  told(): readonly string[]
  /** Loses what is sent from now on. */
  cut(): void
  /** Passes events again and says that some were lost. */
  mend(): void
}

/** A link that can be cut. */
export function openWire(): { readonly wire: Wire; readonly openLink: OpenLink } {
  let topics: string[] = []
  let isCut = false
  let receiver: Receiver | undefined
  const openLink: OpenLink = (to) => {
    receiver = to
    const link = openJsonLink(to)
    return {
      ...link,
      send: (topic, message) => {
        topics.push(topic)
        if (!isCut) link.send(topic, message)
      },
    }
  }
  const wire: Wire = {
    told: () => {
      const told = topics
      topics = []
      return told
    },
    cut: () => {
      isCut = true
    },
    mend: () => {
      isCut = false
      receiver?.gap()
    },
  }
  return { wire, openLink }
}
