import { format } from './figures.ts'
import type { Bar, Panel } from './panels.ts'

// A plot without a library: panels of horizontal bars on logarithmic scales, readable on light and dark pages.

const COLUMNS = 2
const WIDTH = 470
const GAP = 20
const HEAD = 50
const ROW = 24
const FOOT = 14
const NAMES = 178
const LABELS = 110
const SPAN = WIDTH - NAMES - LABELS

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 14px }
  .note { fill: #59636e; font-size: 12px }
  .ours { font-weight: 600 }
  .bar { fill: #9aa4af } .bar.ours { fill: #0969da }
  .grid { stroke: #d1d9e0 }
  .page { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .note { fill: #9198a1 }
    .bar { fill: #6e7681 } .bar.ours { fill: #4493f8 }
    .grid { stroke: #3d444d } .page { fill: #0d1117 }
  }`

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

function text(kind: string, x: number, y: number, words: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escaped(words)}</text>`
}

/** Powers of ten around all values: the scale of a panel. */
function decadesOf(bars: readonly Bar[]): { readonly low: number; readonly high: number } {
  const values = bars.flatMap((bar) => bar.values)
  // A bar as long as nothing would look like zero.
  const low = Math.floor(Math.log10(Math.min(...values) * 0.8))
  return { low, high: Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)))) }
}

/** A bar up to the smallest value, paler beyond it up to each larger one. */
function drawBar({ name, isOurs, values }: Bar, y: number, place: (value: number) => number): string {
  const kind = isOurs ? 'ours' : ''
  const middle = y + ROW / 2
  const steps = values.map((value, index) => {
    const from = index === 0 ? NAMES : place(values[index - 1] ?? value)
    const width = Math.max(1, place(value) - from).toFixed(1)
    const opacity = 1 / (1 + index)
    return `<rect class="bar ${kind}" x="${from.toFixed(1)}" y="${y + 5}" width="${width}" height="${ROW - 10}" opacity="${opacity.toFixed(2)}"/>`
  })
  const end = place(values.at(-1) ?? 0)
  const label = values.map(format).join(' · ')
  return [text(kind, 0, middle + 4, name), ...steps, text(kind, Math.round(end) + 6, middle + 4, label)].join('')
}

function drawPanel({ title, note, bars }: Panel): string {
  const { low, high } = decadesOf(bars)
  const place = (value: number): number => NAMES + (SPAN * (Math.log10(value) - low)) / (high - low)
  const bottom = HEAD + bars.length * ROW
  const grid = Array.from({ length: high - low + 1 }, (_, step) => {
    const x = place(10 ** (low + step)).toFixed(1)
    return `<line class="grid" x1="${x}" x2="${x}" y1="${HEAD}" y2="${bottom}"/>`
  })
  const rows = bars.map((bar, index) => drawBar(bar, HEAD + index * ROW, place))
  return [text('title', 0, 18, title), text('note', 0, 37, note), ...grid, ...rows].join('\n')
}

/** The plot of some panels. Scales are logarithmic: each line is ten times the one before. */
export function drawPlot(panels: readonly Panel[]): string {
  const most = Math.max(...panels.map(({ bars }) => bars.length))
  const height = HEAD + most * ROW + FOOT
  const rows = Math.ceil(panels.length / COLUMNS)
  const size = { width: COLUMNS * (WIDTH + GAP) + GAP, height: rows * (height + GAP) + GAP }
  const drawn = panels.map((panel, index) => {
    const x = GAP + (index % COLUMNS) * (WIDTH + GAP)
    const y = GAP + Math.floor(index / COLUMNS) * (height + GAP)
    return `<g transform="translate(${x} ${y})">${drawPanel(panel)}</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img">
<title>What servers cost; each grid line is ten times the one before</title>
<style>${STYLE}</style>
<rect class="page" width="100%" height="100%"/>
${drawn.join('\n')}
</svg>
`
}
