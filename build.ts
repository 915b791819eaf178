import { chmodSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

// Makes `dist/`, which the package has instead of `src/`: Node runs no TypeScript below node_modules. Both folders have the same depth,
// so that a path from a source to `schema/` or `package.json` is right in both. Types are checked by `npm run check`, not here.

const ROOT = import.meta.dirname
const [FROM, TO] = [join(ROOT, 'src'), join(ROOT, 'dist')]
/** The file that others import, and whose types they need. It imports types of nobody. */
const ENTRY = 'herald.ts'

const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile)
const { options } = ts.convertCompilerOptionsFromJson(
  {
    ...config.compilerOptions,
    ...{
      noEmit: false,
      allowJs: true,
      module: 'esnext',
      moduleResolution: 'bundler',
      rewriteRelativeImportExtensions: true,
    },
    // Comments are in the sources, which the maps contain.
    ...{ sourceMap: true, inlineSources: true, removeComments: true },
  },
  ROOT,
)

function write(name: string, text: string | Buffer): void {
  mkdirSync(dirname(join(TO, name)), { recursive: true })
  writeFileSync(join(TO, name), text)
}

/** The JavaScript of a source and its map. Throws where a path to a source would be left in it, such as that of a worker. */
function compile(name: string, file = join(FROM, name)): void {
  const source = readFileSync(file, 'utf8')
  const fileName = name.split('/').at(-1) ?? name
  const { outputText, sourceMapText } = ts.transpileModule(source, { compilerOptions: options, fileName })
  const left = outputText.match(/['"`]\.[^'"`\n]*\.ts['"`]/)
  if (left) throw new Error(`src/${name} refers to ${left[0]}, which the package does not have.`)
  const made = name.replace(/\.ts$/, '.js')
  write(made, outputText)
  write(`${made}.map`, sourceMapText ?? '')
}

function declare(name: string): void {
  const { outputText, diagnostics } = ts.transpileDeclaration(readFileSync(join(FROM, name), 'utf8'), {
    compilerOptions: {
      ...options,
      allowJs: false,
      removeComments: false,
      isolatedDeclarations: true,
      declaration: true,
    },
    reportDiagnostics: true,
    fileName: name,
  })
  if (diagnostics?.length) throw new Error(`src/${name} has types that are not written down.`)
  write(name.replace(/\.ts$/, '.d.ts'), outputText)
}

rmSync(TO, { recursive: true, force: true })
for (const name of globSync('**/*.*', { cwd: FROM })) {
  if (/\.[tj]s$/.test(name)) compile(name)
  else if (!name.endsWith('tsconfig.json')) write(name, readFileSync(join(FROM, name)))
}
// The demo is made with the client kit, and serves its files beside its own.
const KIT = join(ROOT, 'packages/client/src')
for (const name of globSync('*.ts', { cwd: KIT })) compile(`pages/client/${name}`, join(KIT, name))
declare(ENTRY)
chmodSync(join(TO, 'cli/herald.js'), 0o755)
