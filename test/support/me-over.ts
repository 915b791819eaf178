import type { openRawSocket } from './raw-socket.ts'

/** What time it is, as tokens say it. */
export function seconds(): number {
  return Math.floor(Date.now() / 1_000)
}

/** Asks over a socket who one is: a user id, or the error. */
export async function meOver(socket: Awaited<ReturnType<typeof openRawSocket>>, payload?: Record<string, unknown>) {
  socket.subscribe('me', '{ me }', payload)
  const { type, payload: result } = await socket.next()
  if (type === 'error') return result[0]
  await socket.next()
  return result.errors ? result.errors[0] : result.data.me
}
