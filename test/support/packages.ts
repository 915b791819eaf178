import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

/** Programs that tests start find this Node first. */
export const WITH_THIS_NODE = {
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  HOME: process.env['HOME'] ?? '',
}

/** What the run itself was started with says how npm reaches its registry. What npm says to the programs that it runs is left out. */
export const WITH_NPM = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_(?!local_prefix))/i.test(name)),
  ),
  ...WITH_THIS_NODE,
}

/** Runs a program with this Node; resolves to what it printed. Rejects when it fails. */
export async function run(cwd: string, program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { cwd, env: WITH_NPM, maxBuffer: 1e8 })
  return stdout
}

/** Copies what is in version control, so that what others make beside it is neither used nor disturbed. Its packages are installed. */
export function copyClone(folder: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT })
  for (const name of listed.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    cpSync(join(ROOT, name), join(folder, name))
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
}

/** A package as npm packs it. */
export interface Packed {
  readonly name: string
  readonly version: string
  /** The archive, with its folder. */
  readonly file: string
  readonly files: readonly string[]
}

interface Listed {
  readonly name: string
  readonly version: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

/** Packs Herald and its packages, as `npm pack` does in a clone. */
export async function packAll(clone: string, folder: string): Promise<readonly Packed[]> {
  const where = ['--workspaces', '--include-workspace-root', '--pack-destination', folder]
  const printed = await run(clone, 'npm', 'pack', '--json', '--silent', ...where)
  return (JSON.parse(printed) as readonly Listed[]).map(({ name, version, filename, files }) => ({
    ...{ name, version },
    file: join(folder, filename),
    files: files.map(({ path }) => path).sort(),
  }))
}

/** What packages work with, and leave to who installs them, such as `react@^19`: of each the version with which it is tested. */
function peersOf(packed: readonly Packed[]): readonly string[] {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return packed.flatMap(({ name }) => {
    const file = name === 'herald' ? 'package.json' : `${name.replace('@herald/', 'packages/')}/package.json`
    const { peerDependencies = {} } = JSON.parse(readFileSync(join(ROOT, file), 'utf8'))
    const named = Object.keys(peerDependencies).flatMap((peer) => [
      peer,
      ...[`@types/${peer}`].filter((types) => types in devDependencies),
    ])
    return named.map((peer) => `${peer}@${devDependencies[peer] ?? peerDependencies[peer]}`)
  })
}

/** Installs archives, and the peers of the packages, into a folder that has nothing. What npm has already is not downloaded again. */
export async function installInto(folder: string, packed: readonly Packed[]): Promise<void> {
  const wanted = [...packed.map(({ file }) => file), ...new Set(peersOf(packed))]
  await run(folder, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...wanted)
}

/** What an installed package offers to those who import it, by the names that they write. */
export function offeredBy(folder: string, name: string): readonly string[] {
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
  return Object.keys(exports).map((path) => join(name, path))
}

/** Starts a Herald in a process group of its own, which is killed when the test is over. Resolves when it says that it is ready. */
export async function startIn(
  cwd: string,
  [program, ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
) {
  const child = spawn(program!, args, {
    cwd,
    env: { ...WITH_THIS_NODE, LOG_LEVEL: 'error', DRAIN_MS: '0', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const exited = once(child, 'exit')
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // All have ended.
    }
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = line.match(/ready: (http:\S+)/)?.[1]
    if (!url) continue
    const stop = async (): Promise<unknown> => {
      child.kill('SIGTERM')
      return (await exited)[0]
    }
    return { url, pid: child.pid!, stop }
  }
  throw new Error('It ended before it was ready')
}
