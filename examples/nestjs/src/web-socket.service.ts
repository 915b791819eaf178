import type { HeraldBackend, Json, NotificationInput } from '@herald/backend'

/**
 * Takes the place of the service that held the sockets: the same methods, so whoever calls them stays as it is. They answer once Herald has
 * it, and reject when it has not.
 */
export class WebSocketService {
  readonly #herald: HeraldBackend

  constructor(herald: HeraldBackend) {
    this.#herald = herald
  }

  /** What was `sendToUser(userId, 'notification:new', …)`: it is stored, and counts as unread. A key makes sending it again safe. */
  async notify(userId: string, notification: NotificationInput, idempotencyKey?: string): Promise<void> {
    await this.#herald.notify({ userIds: [userId], notification, ...(idempotencyKey && { idempotencyKey }) })
  }

  async sendToUser(userId: string, event: string, data?: Json): Promise<void> {
    await this.#herald.sendToUser(userId, event, data)
  }

  async sendToMultipleUsers(userIds: string[], event: string, data?: Json): Promise<void> {
    await this.#herald.sendToMultipleUsers(userIds, event, data)
  }

  async sendToTicket(ticketId: string, event: string, data?: Json, excludeUserId?: string): Promise<void> {
    await this.#herald.sendToTicket(ticketId, event, data, excludeUserId)
  }

  async broadcast(event: string, data?: Json, excludeUserId?: string): Promise<void> {
    await this.#herald.broadcast(event, data, excludeUserId)
  }

  isUserOnline(userId: string): Promise<boolean> {
    return this.#herald.isUserOnline(userId)
  }

  getConnectionCount(userId: string): Promise<number> {
    return this.#herald.getConnectionCount(userId)
  }

  getTotalConnections(): Promise<number> {
    return this.#herald.getTotalConnections()
  }
}
