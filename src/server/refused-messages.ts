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

/** Refuses WebSocket messages without reading them as JSON. */
export interface RefusedMessages {
  /**
   * Refuses the operation that a message over the size limit wanted to begin; other operations of the socket go on. A message without an
   * id, or before `connection_init`, closes the socket.
   */
  refuseOversized(peer: Peer, message: OversizedMessage): void
  /**
   * Counts a large message before it is read, and returns whether it may be read. If its user has no budget left, or it would take too
   * long, it is refused and false is returned. A small message may always be read.
   */
  mayRead(peer: Peer, text: string): boolean
}

export interface RefusedMessagesOptions {
  readonly peerBudgets: Pick<PeerBudgets, 'read'>
  readonly maskError: MaskError
  readonly refusals: Refusals
}

/** Returns `RefusedMessages.refuseOversized`. */
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

/**
 * After a large message was refused, nothing more is read of its socket for so many milliseconds. Otherwise its client could keep the
 * process busy with refusals.
 */
const LATE_MS = 200

function isLate(error: unknown): boolean {
  return error instanceof AppError && error.code === 'RATE_LIMITED'
}

/** Returns `RefusedMessages.mayRead`. A refused message without an id closes the socket, because it cannot be refused alone. */
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

/** Returns the refusal of messages for all sockets of this node. */
export function createRefusedMessages(options: RefusedMessagesOptions): RefusedMessages {
  return {
    refuseOversized: createRefuseOversized(options),
    mayRead: createMayRead(options),
  }
}
