import { expect } from 'vitest'
import type { Link, OpenLink, Receiver } from '../../src/bus/link.ts'
import { openJsonLink } from './json-link.ts'

/** What goes over the wire between nodes. */
export interface Wire {
  /** The topics of all events since the last call. */
  told(): readonly string[]
  /** Loses what is sent from now on. */
  cut(): void
  /** Passes events again and says that some were lost. */
  mend(): void
  /** Expects that every change of a stream up to a revision was told, without a hole, whether or not that was lost on the way. */
  expectTold(stream: string, revision: number): void
}

interface Told {
  readonly previous: number
  readonly revision: number
}

function isChange(message: unknown): message is Told {
  return typeof message === 'object' && message !== null && 'previous' in message && 'revision' in message
}

/** A link that can be cut, and one that receives whatever the first one sends, and never of a gap. */
export function openWire(): { readonly wire: Wire; readonly openLink: OpenLink; readonly openUncut: OpenLink } {
  let topics: string[] = []
  const changes = new Map<string, Told[]>()
  let isCut = false
  let receiver: Receiver | undefined
  let uncut: Link | undefined
  const openUncut: OpenLink = (to) => {
    uncut = openJsonLink(to)
    return uncut
  }
  const openLink: OpenLink = (to) => {
    receiver = to
    const link = openJsonLink(to)
    return {
      ...link,
      send: (topic, message) => {
        topics.push(topic)
        if (isChange(message)) changes.set(topic, [...(changes.get(topic) ?? []), message])
        if (!isCut) link.send(topic, message)
        uncut?.send(topic, message)
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
    expectTold: (stream, upTo) => {
      // Commits may be told in another order than they were made in: see `Change.previous`.
      const told = (changes.get(stream) ?? []).toSorted((a, b) => a.revision - b.revision)
      const last = told.reduce((reached, { previous, revision }) => {
        expect(previous, `a change of ${stream} after ${reached}`).toBe(reached)
        return revision
      }, told[0]?.previous ?? upTo)
      expect(last, `the last change of ${stream}`).toBe(upTo)
      // What was looked at need not be looked at again, but for where it ended.
      changes.set(stream, [{ previous: upTo, revision: upTo }])
    },
  }
  return { wire, openLink, openUncut }
}
