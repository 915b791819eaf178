/** A word that was Herald's own, and the term of the field that is said instead. */
export interface BannedWord {
  /** Matches in text whose identifiers are taken apart: `inboxLane` reads "inbox lane". */
  readonly word: RegExp
  readonly instead: string
  /** The folders to which it is limited: in texts for users the word can have its everyday meaning. Left out: everywhere. */
  readonly only?: readonly string[]
}

/** Where there is code. */
const CODE = ['src/', 'test/', 'bench/']

/** Private words, in the order of `docs/glossary.md`. */
export const BANNED_WORDS: readonly BannedWord[] = [
  { word: /\blanes?\b/, instead: 'stream' },
  { word: /\b(remembered|held) positions?\b|\bbookmarks?\b/, instead: 'checkpoint' },
  { word: /\bseats?\b/, instead: 'subscriber, or sink' },
  { word: /\boutbox(es)?\b/, instead: 'sink' },
  { word: /\bquestions?\b/, instead: 'operation, operation key, or acknowledgement ping' },
  { word: /\b(hear|hears|heard|hearing)\b/, instead: 'receive' },
  {
    word: /\b(tell|tells|told|telling|say|says) (message|activity|ticket|error|refusal|news|event|gap)\b/,
    instead: 'publish, or report',
    only: CODE,
  },
  { word: /\bbells?\b/, instead: 'invalidation', only: CODE },
  { word: /\bdoors?\b/, instead: 'stream consumer, or channel subscriber' },
  { word: /\b(lookouts?|taking in)\b/, instead: 'materialise', only: CODE },
  { word: /\bgates?\b/, instead: 'admission' },
  { word: /\bbeats?\b/, instead: 'heartbeat' },
  { word: /\b(cares?|cared|caring)\b/, instead: 'heartbeat, or lifecycle', only: CODE },
  { word: /\b(stalls?|stalled)\b/, instead: 'write timeout', only: ['src/'] },
  { word: /\bsiblings?\b/, instead: 'peer worker' },
  { word: /\bpulses?\b/, instead: 'liveness' },
  { word: /\bswitchboards?\b/, instead: 'relay' },
  { word: /\b(patience|patiently)\b/, instead: 'retry, or timeout' },
  { word: /\b(tally|tallies)\b/, instead: 'counter' },
]

/** Takes identifiers apart, so that their words are found like those of a sentence. */
function plain(line: string): string {
  return line
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase()
}

/** The faults of a file, as `path:line: "lane" is called stream`. The path itself is line 0. */
export function findBannedWords(path: string, text: string): readonly string[] {
  const rules = BANNED_WORDS.filter(({ only }) => only?.some((folder) => path.startsWith(folder)) ?? true)
  return [path, ...text.split('\n')].flatMap((line, number) => {
    const words = plain(line)
    return rules.flatMap(({ word, instead }) => {
      const found = word.exec(words)
      return found ? [`${path}:${number}: "${found[0]}": say ${instead}`] : []
    })
  })
}
