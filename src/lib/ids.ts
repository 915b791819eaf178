import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'

/** A UUIDv7 (RFC 9562): unique, and sorts by the time it was made. */
export const newId = (): string => v7()

/** 64 random bits in 11 URL-safe characters: tells one life of a lane, a database or a node from the next. */
export const newEpoch = (): string => randomBytes(8).toString('base64url')
