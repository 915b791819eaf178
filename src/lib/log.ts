import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino'
import pretty from 'pino-pretty'

/** Structured log: an object first, then a constant sentence. Never a token, never a title or body. */
export type Log = Logger

export interface LogOptions {
  readonly level: string
  /** Lines for people instead of JSON. */
  readonly pretty: boolean
  /** Which of several processes writes; it stands in every line. */
  readonly worker?: number | undefined
  /** Where lines go; standard error when left out, because standard output carries the ready line and command results. */
  readonly destination?: DestinationStream
}

/** Opens the log of a process. */
export function createLog({ level, pretty: isPretty, worker, destination }: LogOptions): Log {
  const options = { level, base: worker === undefined ? null : { worker }, serializers: { err: stdSerializers.err } }
  const stream = destination ?? pino.destination({ dest: 2, sync: true })
  return isPretty
    ? pino(options, pretty({ colorize: destination === undefined, translateTime: 'HH:MM:ss.l', destination: stream }))
    : pino(
        { ...options, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
        stream,
      )
}
