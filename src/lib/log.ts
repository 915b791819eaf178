import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino'
import pretty from 'pino-pretty'

/** A structured log. Calls give an object first, then a constant sentence. Neither contains a token, a title or a body. */
export type Log = Logger

export interface LogOptions {
  readonly level: string
  /** Whether lines are written for people instead of as JSON. */
  readonly pretty: boolean
  /** The number of this worker process, which stands in every line. */
  readonly worker?: number | undefined
  /** Where lines go. Left out: standard error, because standard output carries the ready line and the results of commands. */
  readonly destination?: DestinationStream
}

/** The log of a process: JSON lines, or lines for people. */
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
