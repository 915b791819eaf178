export { createHeraldBackend, type HeraldBackend, type HeraldBackendOptions, type Operation } from './backend.ts'
export type { CommandOptions, Commands, HeraldRedis, RedisClient } from './commands.ts'
export { HeraldError, type HeraldErrorCode } from './errors.ts'
export {
  type HandoffAttachment,
  type HandoffEvent,
  type HandoffMessage,
  type HandoffNotification,
  type HandoffUser,
  HeraldHandoffError,
  readHandoff,
} from './handoff.ts'
export type {
  AnnounceInput,
  AnnounceResult,
  Json,
  NotificationInput,
  NotifyInput,
  NotifyResult,
  SendResult,
} from './inputs.ts'
export type { RetryOptions } from './retry.ts'
export type { TokenSource } from './token.ts'
