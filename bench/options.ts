import { parseArgs } from 'node:util'

/** What to run. */
export interface Options {
  /** Ids of scenarios; empty: all. */
  readonly scenarios: readonly string[]
  /** Ids of peers; empty: all. */
  readonly peers: readonly string[]
  readonly repetitions: number
  /** Length of each window of load. */
  readonly ms: number
  /** Sizes for a look, not for figures. */
  readonly isQuick: boolean
  readonly isHelp: boolean
}

function list(text: string | undefined): readonly string[] {
  return text?.split(',').filter(Boolean) ?? []
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`)
  return value
}

/** Reads the command line; throws in one sentence what is wrong with it. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string', short: 's' },
      peers: { type: 'string', short: 'p' },
      repetitions: { type: 'string', short: 'r' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  return {
    scenarios: list(values.scenario),
    peers: list(values.peers),
    repetitions: Math.ceil(positive('repetitions', values.repetitions ?? (values.quick ? '1' : '5'))),
    ms: 1_000 * positive('seconds', values.seconds ?? (values.quick ? '1' : '4')),
    isQuick: values.quick,
    isHelp: values.help,
  }
}
