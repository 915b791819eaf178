import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache')

async function isOf(program: string, major: number): Promise<boolean> {
  return run(program, ['--version']).then(
    ({ stdout }) => stdout.startsWith(`v${major}.`),
    () => false,
  )
}

/** Installs the package of npm that is nothing but the program, below node_modules. It takes 40 MB of download, once. */
async function install(major: number): Promise<string> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const [folder, program] = [join(CACHE, `node-${major}`), join('node_modules', name, 'bin/node')]
  if (existsSync(join(folder, program))) return join(folder, program)
  process.stderr.write(
    `No Node ${major} in PATH: npm installs ${name}@${major} below node_modules, once, for the tests.\n`,
  )
  mkdirSync(CACHE, { recursive: true })
  const begun = mkdtempSync(join(CACHE, 'node-'))
  await run('npm', ['install', '--prefix', begun, '--no-save', '--prefer-offline', `${name}@${major}`], { cwd: begun })
  // Another process may have been first.
  if (!existsSync(folder)) renameSync(begun, folder)
  return join(folder, program)
}

/** The program of a Node of this major version: that of this run, one in PATH, or one that npm installs for the tests. */
export async function findNode(major: number): Promise<string> {
  const inPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  for (const program of [process.execPath, ...inPath]) if (await isOf(program, major)) return program
  return install(major)
}
