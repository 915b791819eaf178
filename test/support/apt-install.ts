import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'

const POLICY = '/usr/sbin/policy-rc.d'

/** Debian starts the service of what it installs, unless this file forbids it. */
function withoutService(install: () => void): void {
  const isOurs = !existsSync(POLICY)
  if (isOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (isOurs) rmSync(POLICY, { force: true })
  }
}

/** Whether tests may install Debian's packages here: they run as root, and there is apt-get. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

/**
 * Installs one of Debian's own packages with apt-get, without starting a service, and says so. `flock`, because other test files may be doing
 * the same; who comes second finds it installed. Throws when apt-get fails.
 */
export function installPackage(name: string): void {
  process.stderr.write(`No ${name} found: installing Debian\u2019s package with apt-get, once, for the tests.\n`)
  const script = `
    dpkg -s "$0" > /dev/null 2>&1 && exit
    apt-get -qq install -y --no-install-recommends "$0" ||
      { apt-get -qq update && apt-get -qq install -y --no-install-recommends "$0"; }`
  withoutService(() =>
    execFileSync('flock', ['/tmp/herald-tests-apt.lock', 'sh', '-c', script, name], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  )
}
