import type { IncomingMessage } from 'node:http'
import { GraphQLError } from 'graphql'
import { codeOfError } from '../lib/start-error.ts'

/** The error for a request that cannot be read. Every client gets this status, also those whose other errors have status 200. */
export function unreadable(message: string, status = 400): GraphQLError {
  return new GraphQLError(message, { extensions: { http: { status }, originalError: {} } })
}

/**
 * Reads the body of a request. Calls `onBytes` with the size of each chunk that has come. Rejects with a GraphQLError when the body has
 * more than `maxBytes` (with the message `tooLarge`), or does not come to its end. Rejects with what `onBytes` throws. After that, nothing
 * more is read.
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
    // A request that was cut before emits no more events.
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
      // The listeners, which keep `chunks`, last as long as the request.
      chunks.length = 0
    })
    // A client that has gone is no failure of Herald.
    request.once('error', (error) => (codeOfError(error) === 'ECONNRESET' ? cut() : reject(error)))
  })
}
