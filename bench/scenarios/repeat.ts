import type { Peer } from '../peers/peer.ts'

/** What is not worth stopping for is told here, and results stay apart on standard output. */
export const tell = (text: string): void => void process.stderr.write(`${text}\n`)

/** A repetition that fails is told and left out: the others still count. */
const attempt = async <Sample>(what: string, measure: () => Promise<Sample>): Promise<readonly Sample[]> => {
  tell(what)
  try {
    return [await measure()]
  } catch (error) {
    tell(`${what}: failed, and is left out. ${error instanceof Error ? error.message : error}`)
    return []
  }
}

/** So many repetitions of one thing. */
export const repeat = async <Sample>(
  what: string,
  times: number,
  measure: (repetition: number) => Promise<Sample>,
): Promise<readonly Sample[]> => {
  const samples: Sample[] = []
  for (let repetition = 1; repetition <= times; repetition += 1) {
    samples.push(...(await attempt(`${what}, repetition ${repetition}`, () => measure(repetition))))
  }
  return samples
}

/** Each peer in turn, several times over, so that a machine whose speed drifts treats all alike. */
export const inTurns = async <Sample>(
  what: string,
  { peers, times }: { readonly peers: readonly Peer[]; readonly times: number },
  measure: (peer: Peer, repetition: number) => Promise<Sample>,
): Promise<readonly Sample[]> => {
  const samples: Sample[] = []
  for (let repetition = 1; repetition <= times; repetition += 1) {
    for (const peer of peers) {
      const name = `${what}, repetition ${repetition}: ${peer.name}`
      samples.push(...(await attempt(name, () => measure(peer, repetition))))
    }
  }
  return samples
}
