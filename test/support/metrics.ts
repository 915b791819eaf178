/** What a scrape of `/metrics` says. */
export interface Scrape {
  /** The value of a series such as `herald_connections{transport="sse"}`; undefined when there is none. */
  value(series: string): number | undefined
  /** The families, each with its type. */
  readonly families: ReadonlyMap<string, string>
  readonly text: string
}

const SERIES = /^([a-zA-Z_:][\w:]*(?:\{[^}]*\})?) (\S+)$/

/** Reads the text format of Prometheus; throws at a line that is not in it, and at a family without help or type. */
export function parseMetrics(text: string): Scrape {
  const values = new Map<string, number>()
  const families = new Map<string, string>()
  const helped = new Set<string>()
  for (const line of text.split('\n').filter(Boolean)) {
    const [, kind, name = '', rest = ''] = line.match(/^# (HELP|TYPE) (\S+) (.+)$/) ?? []
    const [, series, value] = line.match(SERIES) ?? []
    if (kind === 'HELP') helped.add(name)
    else if (kind === 'TYPE') families.set(name, rest)
    else if (series) values.set(series, Number(value))
    else throw new Error(`Not in the text format: ${line}`)
  }
  for (const name of families.keys()) if (!helped.has(name)) throw new Error(`${name} has no help`)
  for (const series of values.keys()) {
    const name = series.replace(/\{.*/, '')
    if (!families.has(name) && !families.has(name.replace(/_(bucket|sum|count)$/, ''))) {
      throw new Error(`${series} has no type`)
    }
  }
  return { value: (series) => values.get(series), families, text }
}

/** Scrapes a Herald; `headers` are sent with it. */
export async function scrape({ url }: { readonly url: string }, headers: Record<string, string> = {}): Promise<Scrape> {
  return parseMetrics(await (await fetch(new URL('/metrics', url), { headers })).text())
}
