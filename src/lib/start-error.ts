/**
 * A start that cannot succeed as things are. The message is printed as it is, without a stack: one sentence that says what is wrong and
 * where, and then what to set or do. It names no secret.
 */
export class StartError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
  }
}
