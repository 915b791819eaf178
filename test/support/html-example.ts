import { spawn } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import ts from 'typescript'
import { onTestFinished } from 'vitest'
import { tempFolder } from './temp.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Makes the JavaScript of the kit in a folder, as its package has it. */
function buildKit(folder: string): void {
  const sources = join(ROOT, 'packages/client/src')
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    rewriteRelativeImportExtensions: true,
  }
  for (const name of globSync('*.ts', { cwd: sources })) {
    const { outputText } = ts.transpileModule(readFileSync(join(sources, name), 'utf8'), { compilerOptions })
    writeFileSync(join(folder, name.replace(/\.ts$/, '.js')), outputText)
  }
}

/**
 * Starts `examples/html` until the test is over, as its `npm start` does, in a folder that has the packages which `npm install` would bring.
 * `env` are the settings of its backend, and `head` stands at the beginning of the page. Resolves to its address, with a slash at the end.
 */
export async function startHtmlExample(env: Readonly<Record<string, string>>, head = ''): Promise<string> {
  const folder = tempFolder()
  cpSync(join(ROOT, 'examples/html'), folder, { recursive: true })
  const page = join(folder, 'index.html')
  writeFileSync(page, readFileSync(page, 'utf8').replace('<meta charset', `${head}<meta charset`))
  const kit = join(folder, 'node_modules/@herald/client')
  mkdirSync(join(kit, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'packages/client/package.json'), join(kit, 'package.json'))
  buildKit(join(kit, 'dist'))
  cpSync(join(ROOT, 'node_modules/graphql-ws'), join(folder, 'node_modules/graphql-ws'), { recursive: true })
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const child = spawn('sh', ['-c', `exec ${scripts.start}`], {
    cwd: folder,
    env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return (await lines.next()).value?.match(/http:\S+/)?.[0] ?? ''
}
