import type { Peer } from '../peers/peer.ts'

/** What is not worth stopping for is told here, and results stay apart on standard output. */
export function tell(text: string): void {
  void process.stderr.write(`${text}\n`)
}

/** A repetition that fails is told and left out: the others still count. */
async function attempt<Sample>(what: string, measure: () => Promise<Sample>): Promise<readonly Sample[]> {
  tell(what)
  try {
    return [await measure()]
  } catch (error) {
    tell(`${what}: failed, and is left out. ${error instanceof Error ? error.message : error}`)
    return []
  }
}

/** So many repetitions of one thing. */
export async function repeat<Sample>(
  what: string,
  times: number,
  measure: (repetition: number) => Promise<Sample>,
): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (let repetition = 1; repetition <= times; repetition += 1) {
    samples.push(...(await attempt(`${what}, repetition ${repetition}`, () => measure(repetition))))
  }
  return samples
}

/** Each peer in turn, several times over, so that a machine whose speed drifts treats all alike. */
export async function inTurns<Sample>(
  what: string,
  { peers, times }: { readonly peers: readonly Peer[]; readonly times: number },
  measure: (peer: Peer, repetition: number) => Promise<Sample>,
): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (let repetition = 1; repetition <= times; repetition += 1) {
    for (const peer of peers) {
      const name = `${what}, repetition ${repetition}: ${peer.name}`
      samples.push(...(await attempt(name, () => measure(peer, repetition))))
    }
  }
  return samples
}
