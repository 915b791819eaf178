import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Figures, panelsOf } from './report/panels.ts'
import { drawPlot } from './report/svg.ts'

// node bench/plot.ts bench/results/<file>.json [docs/performance.svg]

const [from = '', to = join(import.meta.dirname, '../docs/performance.svg')] = process.argv.slice(2)
const { figures } = JSON.parse(readFileSync(from, 'utf8')) as { figures: Figures }
writeFileSync(to, drawPlot(panelsOf(figures)))
