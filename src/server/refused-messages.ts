import type { MaskError } from '../graphql/errors.ts'
import { AppError, badInput } from '../lib/errors.ts'
import { requireReadableJson, shapeOfJson } from '../lib/json-text.ts'
import { CLOSINGS } from './close-codes.ts'
import { isLarge, weightOf } from './large.ts'
import { hasLongId, IN_MESSAGE } from './messages.ts'
import { type OversizedMessage, shownId } from './oversized-messages.ts'
import { type Peer, readerOf } from './peer.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import { type Refusals, reportError } from './refusals.ts'
import { closeSocket, holdUp, sendText } from './socket.ts'

/** Messages that are refused before they are read. */
export interface RefusedMessages {
  /** Refuses the operation that a message over the limit wanted to begin, and leaves the others alone. */
  refuseOversized(peer: Peer, message: OversizedMessage): void
  /** Counts a large message before it is read; says whether it may be. One that may not, or would take too long, is refused. */
  mayRead(peer: Peer, text: string): boolean
}

export interface RefusedMessagesOptions {
  readonly peerBudgets: Pick<PeerBudgets, 'read'>
  readonly maskError: MaskError
  readonly refusals: Refusals
}

/** Makes the refusal. What shows no id began nothing, and ends the socket as any message does that is none of the protocol. */
function createRefuseOversized({ maskError, refusals }: RefusedMessagesOptions): RefusedMessages['refuseOversized'] {
  return ({ socket, hasInit }, { id, limit }) => {
    if (id === undefined || !hasInit) return closeSocket(socket, CLOSINGS.tooLarge)
    if (hasLongId({ id })) return closeSocket(socket, CLOSINGS.longId)
    const reason = `An operation must not have more than ${limit} bytes.`
    refusals.report({ transport: 'websocket', answer: 'BAD_USER_INPUT', reason, advice: 'Or raise MAX_REQUEST_BYTES.' })
    const error = maskError(badInput(reason))
    void sendText(socket, JSON.stringify({ id, type: 'error', payload: [error] }))
  }
}

/** Whoever sends more than they may have read is refused without that, and then not listened to for so long. */
const LATE_MS = 200

function isLate(error: unknown): boolean {
  return error instanceof AppError && error.code === 'RATE_LIMITED'
}

/** Makes the counting. What shows no id cannot be refused alone. */
function createMayRead({ peerBudgets, maskError, refusals }: RefusedMessagesOptions): RefusedMessages['mayRead'] {
  return (peer, text) => {
    if (!isLarge(text)) return true
    try {
      const shape = shapeOfJson(text)
      peerBudgets.read(readerOf(peer), weightOf(text, shape))
      requireReadableJson(text, IN_MESSAGE, shape)
      return true
    } catch (error) {
      const { socket } = peer
      const id = shownId(text)
      reportError(refusals, undefined, error)
      if (id === undefined) closeSocket(socket, isLate(error) ? CLOSINGS.overloaded : CLOSINGS.badMessage)
      else if (hasLongId({ id })) closeSocket(socket, CLOSINGS.longId)
      else void sendText(socket, JSON.stringify({ id, type: 'error', payload: [maskError(error)] }))
      holdUp(socket, LATE_MS)
      return false
    }
  }
}

/** Makes the refusing. */
export function createRefusedMessages(options: RefusedMessagesOptions): RefusedMessages {
  return {
    refuseOversized: createRefuseOversized(options),
    mayRead: createMayRead(options),
  }
}
