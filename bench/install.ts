import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>
}

/** The packages that a lock file names, or nothing when there is no such file. */
function packagesIn(file: string): Lock['packages'] {
  try {
    return (JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Lock).packages
  } catch {
    return {}
  }
}

/** Whether what npm installed here is what the lock file says. */
function areInstalled(): boolean {
  const installed = packagesIn('node_modules/.package-lock.json')
  return Object.entries(packagesIn('package-lock.json')).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  )
}

/** Installs the packages of the other servers, which whoever only runs Herald does not need. Throws when npm cannot. */
export function installPeers(): void {
  if (areInstalled()) return
  console.error('The packages of the benchmark are installed: npm ci --prefix bench')
  const { status } = spawnSync('npm', ['ci', '--prefix', import.meta.dirname], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0)
    throw new Error('The packages of the benchmark could not be installed; try `npm ci --prefix bench`.')
}

if (import.meta.main) installPeers()
