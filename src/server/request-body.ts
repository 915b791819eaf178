import type { IncomingMessage } from 'node:http'
import { GraphQLError } from 'graphql'
import { codeOfError } from '../lib/start-error.ts'

/** Why a request cannot be read. Every client is told by the status, also one that reads the status of nothing else. */
export function unreadable(message: string, status = 400): GraphQLError {
  return new GraphQLError(message, { extensions: { http: { status }, originalError: {} } })
}

/**
 * The body of a request. Rejects with a GraphQLError that says `tooLarge` when it has more than `maxBytes`, without having read more of
 * it than that, and with another one when it does not come to its end. Calls `onBytes` with how many have come each time that some do; rejects
 * with what that throws, and reads no more.
 */
export function readBytes(
  request: IncomingMessage,
  maxBytes: number,
  tooLarge: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuse = () => reject(unreadable(tooLarge, 413))
    const cut = () => reject(unreadable('The body did not come to its end.'))
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return refuse()
    // It was cut before anybody looked at it, and will not say so again.
    if (request.destroyed) return cut()
    const chunks: Buffer[] = []
    let room = maxBytes
    const stop = () => request.off('data', take).pause()
    const take = (chunk: Buffer) => {
      chunks.push(chunk)
      room -= chunk.length
      try {
        onBytes(chunk.length)
      } catch (error) {
        stop()
        return reject(error)
      }
      if (room >= 0) return
      stop()
      refuse()
    }
    request.on('data', take)
    request.once('end', () => {
      resolve(Buffer.concat(chunks))
      // What listens to the request lasts as long as that.
      chunks.length = 0
    })
    // Where its client has gone, that is no mistake of ours.
    request.once('error', (error) => (codeOfError(error) === 'ECONNRESET' ? cut() : reject(error)))
  })
}
